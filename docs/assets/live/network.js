// A fully connected network of which every layer can be looked at.
//
//   z[0] = X W[0]ᵀ + b[0]                                 pre-activations (points, width)
//   a[l] = φ(h[l]),  h[l] = z[l], standardized if there is a norm
//   z[l] = skip z[l-1] + branch (a[l-1] W[l]ᵀ + b[l])
//   score = a[last] v + c,  loss = mean of log(1 + exp(-y score))
//
// Layer ℓ of the glossary is number ℓ - 1 here. delta[l] is ∂loss/∂z[l]; gW, gb, gv, gc
// are the gradients of W, b, v, c.
import { ACTIVATIONS } from "./activations.js"
import { inputsOf, makeData } from "./data.js"
import { multiply, orthonormalize, transpose } from "./matrix.js"
import { normalize, normalizeBack } from "./norm.js"
import { normals } from "./random.js"

const { sqrt } = Math // minified, Math.sqrt(x) would be x ** 0.5

export const DEFAULTS = {
  data: "moons", points: 64, noise: 0.1, shift: 0, seed: 0, depth: 20, width: 32,
  activation: "sigmoid", scale: 1, bias: 0, orthogonal: false, norm: "none", skip: "none",
  optimizer: "SGD", rate: 0.1, precision: "float64",
}

/** The factors of the path around a layer and of the path through it. */
export const paths = ({ skip, depth }) =>
  [skip == "none" ? 0 : 1, skip == "scaled" ? 1 / sqrt(depth) : 1]

/** Rounds what is stored to 32 bits; sums keep 64. */
const toFloat32 = array => {
  for (let i = 0; i < array.length; i++) array[i] = Math.fround(array[i])
}

/** Views of one flat array: the weights of each layer and of the output, then the biases. */
const parts = (all, { depth, width, data }) => {
  let end = 0
  const take = length => all.subarray(end, (end += length))
  const W = Array.from({ length: depth }, (_, l) => take(width * (l ? width : inputsOf({ data }))))
  const v = take(width), b = Array.from({ length: depth }, () => take(width))
  return { W, v, b, c: take(1) }
}

export class Network {
  /** @param {Partial<typeof DEFAULTS>} options those that differ from the defaults */
  constructor(options = {}) {
    this.options = { ...DEFAULTS, ...options }
    const { depth, width, points, precision, activation } = this.options
    if (!ACTIVATIONS[activation]) throw new RangeError(`no activation: ${activation}`)
    const inputs = (this.inputs = inputsOf(this.options))
    this.round = precision == "float32" ? toFloat32 : () => {}
    const size = width * (inputs + (depth - 1) * width + 1 + depth) + 1
    this.params = new Float64Array(size)
    this.gradient = new Float64Array(size)
    const { W: gW, v: gv, b: gb, c: gc } = parts(this.gradient, this.options)
    Object.assign(this, parts(this.params, this.options), { gW, gv, gb, gc })
    this.draw()
    const sheets = () => Array.from({ length: depth }, () => new Float64Array(points * width))
    this.z = sheets()
    this.h = this.options.norm == "none" ? this.z : sheets()
    this.a = sheets()
    this.slope = sheets()
    this.delta = sheets()
    const groups = () => Array.from({ length: depth }, () => new Float64Array(Math.max(points, width)))
    this.means = groups()
    this.inverses = groups()
    this.score = new Float64Array(points)
    this.error = new Float64Array(points) // ∂loss/∂score
    const largest = width * Math.max(width, points, inputs)
    this.spare = [new Float64Array(largest), new Float64Array(Math.max(largest, inputs * points))]
    this.steps = 0
  }

  /** Inputs, labels and weights from the seed: one stream, in the order of the script. */
  draw() {
    const { seed, points, depth, width, scale, bias, orthogonal } = this.options
    const weights = this.params.length - depth * width - 1, noise = this.inputs * points
    const draws = normals(seed, noise + weights)
    Object.assign(this, makeData(this.options, draws))
    this.params.set(draws.subarray(noise))
    this.W.forEach((W, l) => {
      const square = orthogonal && l > 0
      if (square) orthonormalize(W, width)
      const factor = square ? scale : scale / sqrt(l ? width : this.inputs)
      for (let i = 0; i < W.length; i++) W[i] *= factor
      this.b[l].fill(bias)
    })
    for (let i = 0; i < width; i++) this.v[i] /= sqrt(width)
    this.c[0] = 0
    this.round(this.X)
    this.round(this.params)
  }

  /** The loss; every layer keeps z, h, a and slope. */
  forward() {
    const { depth, width: n, points: m } = this.options
    for (let l = 0; l < depth; l++) {
      this.preActivate(l)
      this.activate(l)
    }
    multiply(this.score, this.a[depth - 1], this.v, m, 1, n)
    for (let i = 0; i < m; i++) this.score[i] += this.c[0]
    this.round(this.score)
    let loss = 0
    for (let i = 0; i < m; i++) {
      const wrong = -this.y[i] * this.score[i]
      loss += Math.max(wrong, 0) + Math.log1p(Math.exp(-Math.abs(wrong)))
      this.error[i] = (-this.y[i] * ACTIVATIONS.sigmoid.value(wrong)) / m
    }
    this.round(this.error)
    return (this.loss = loss / m)
  }

  /** z of a layer, and h. */
  preActivate(l) {
    const { width: n, points: m, norm } = this.options, [skip, branch] = paths(this.options)
    const z = this.z[l], b = this.b[l], below = this.z[l - 1]
    multiply(z, l ? this.a[l - 1] : this.X, this.W[l], m, n, l ? n : this.inputs)
    for (let i = 0, j = 0; i < m * n; i++) {
      z[i] += b[j]
      if (l) z[i] *= branch
      if (l && skip) z[i] += below[i]
      if (++j == n) j = 0
    }
    this.round(z)
    if (norm == "none") return
    normalize(norm, z, this.h[l], this.means[l], this.inverses[l], m, n)
    this.round(this.h[l])
  }

  /** a and slope of a layer. */
  activate(l) {
    const { value, slope } = ACTIVATIONS[this.options.activation]
    const h = this.h[l], a = this.a[l], slopes = this.slope[l]
    for (let i = 0; i < h.length; i++) a[i] = value(h[i])
    this.round(a)
    for (let i = 0; i < h.length; i++) slopes[i] = slope(h[i], a[i])
    this.round(slopes)
  }

  /** Every layer's delta, and the gradient of every parameter; after forward(). */
  backward() {
    const { depth, width: n, points: m } = this.options, top = this.a[depth - 1]
    this.gv.fill(0)
    this.gc[0] = 0
    for (let i = 0; i < m; i++) {
      this.gc[0] += this.error[i]
      for (let j = 0; j < n; j++) this.gv[j] += this.error[i] * top[i * n + j]
    }
    for (let l = depth - 1; l >= 0; l--) {
      this.sendBack(l)
      this.gradients(l)
    }
    this.round(this.gradient)
  }

  /** delta of a layer from that of the next. */
  sendBack(l) {
    const { width: n, points: m, norm } = this.options, [skip, branch] = paths(this.options)
    const delta = this.delta[l], slope = this.slope[l], above = this.delta[l + 1]
    if (above) {
      transpose(this.spare[0], this.W[l + 1], n, n)
      multiply(delta, above, this.spare[0], m, n, n)
      for (let i = 0; i < m * n; i++) delta[i] *= branch * slope[i]
    } else {
      for (let i = 0; i < m * n; i++) delta[i] = this.error[(i / n) | 0] * this.v[i % n] * slope[i]
    }
    if (norm != "none") normalizeBack(norm, delta, this.h[l], this.inverses[l], m, n)
    if (above && skip) for (let i = 0; i < m * n; i++) delta[i] += above[i]
    this.round(delta)
  }

  /** gW and gb of a layer from its delta. */
  gradients(l) {
    const { width: n, points: m } = this.options, gW = this.gW[l], gb = this.gb[l]
    const inputs = l ? n : this.inputs, branch = l ? paths(this.options)[1] : 1
    const [deltas, below] = this.spare
    transpose(deltas, this.delta[l], m, n)
    transpose(below, l ? this.a[l - 1] : this.X, m, inputs)
    multiply(gW, deltas, below, n, inputs, m)
    for (let j = 0; j < n; j++) {
      gb[j] = 0
      for (let i = 0; i < m; i++) gb[j] += branch * deltas[j * m + i]
    }
    if (branch != 1) for (let i = 0; i < gW.length; i++) gW[i] *= branch
  }
}
