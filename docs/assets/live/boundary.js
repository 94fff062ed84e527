// The network's scores on a grid of the plane, for a picture of its decision boundary.
import { ACTIVATIONS } from "./activations.js"
import { multiply } from "./matrix.js"
import { paths } from "./network.js"
import { normalize } from "./norm.js"

export const REACH = 2.5 // the grid goes that far from the middle of the points

/** Scores of inputs X (m, 2), those of batch norm with the statistics of the training set. */
const scores = (network, X, m) => {
  const { depth, width: n, norm, activation } = network.options
  const [skip, branch] = paths(network.options), { value } = ACTIVATIONS[activation]
  let z = new Float64Array(m * n), a = X, before = new Float64Array(m * n)
  const h = new Float64Array(m * n), spare = [new Float64Array(m), new Float64Array(m)]
  for (let l = 0; l < depth; l++) {
    multiply(z, a, network.W[l], m, n, l ? n : 2)
    for (let i = 0; i < m * n; i++) {
      z[i] += network.b[l][i % n]
      if (l) z[i] = skip * before[i] + branch * z[i]
      if (norm == "batch") h[i] = (z[i] - network.means[l][i % n]) * network.inverses[l][i % n]
      else h[i] = z[i]
    }
    if (norm == "layer") normalize(norm, z, h, ...spare, m, n)
    a = h.map(value)
    ;[z, before] = [before, z]
  }
  const score = new Float64Array(m)
  multiply(score, a, network.v, m, 1, n)
  return score.map(it => it + network.c[0])
}

/**
 * Scores (side, side), the top row first, after forward(); the class is their sign.
 * @returns {{side: number, low: number, high: number, scores: Float64Array}}
 */
export const boundary = (network, side) => {
  const low = network.options.shift - REACH, high = network.options.shift + REACH
  const step = (high - low) / (side - 1), X = new Float64Array(2 * side * side)
  for (let i = 0; i < side * side; i++) {
    X[2 * i] = low + (i % side) * step
    X[2 * i + 1] = high - Math.floor(i / side) * step
  }
  return { side, low, high, scores: scores(network, X, side * side) }
}
