// Mean-field theory: what a layer does to z and to delta if it is wide enough.
import { ACTIVATIONS } from "./activations.js"
import { DEFAULTS, paths } from "./network.js"

const { sqrt } = Math // minified, Math.sqrt(x) would be x ** 0.5

/**
 * Means of φ, φ² and φ′² over z from N(mean, spread²). Steps grow by a sixteenth on either
 * side of z = 0: however large the spread, they see a kink or a narrow slope there.
 */
const means = ({ value, slope }, mean, spread) => {
  const middle = Math.abs(mean) < 8 * spread ? -mean / spread : 0
  let weight = 0, a = 0, aa = 0, ss = 0
  for (let x = -16; x < 3; x += 1 / 16) {
    for (const step of [Math.exp(x), -Math.exp(x)]) {
      const u = middle + step, w = Math.abs(step) * Math.exp(-0.5 * u * u)
      const z = mean + spread * u, activation = value(z)
      weight += w
      a += w * activation
      aa += w * activation ** 2
      ss += w * slope(z, activation) ** 2
    }
  }
  return [a / weight, aa / weight, ss / weight]
}

/**
 * Of each layer √χ, the factor of |delta| from the next layer to this one, and the rms of z.
 * @param {number} meanSquareInput mean of |x|²; the points are standardized, then shifted
 * @returns {{factor: number, z: number}[]}
 */
export const theory = (options, meanSquareInput) => {
  const o = { ...DEFAULTS, ...options }
  const [skip, branch] = paths(o), scale2 = o.scale ** 2, plain = o.norm == "none"
  // Batch norm sees how z varies over the points; without it, and with layer norm, |x|².
  const square = meanSquareInput ?? (o.norm == "batch" ? 2 : 2 + 2 * o.shift ** 2)
  let q = (scale2 * square) / 2, mean = o.bias
  return Array.from({ length: o.depth }, () => {
    const over = plain ? [mean, sqrt(q)] : [0, 1]
    const [a, aa, ss] = means(ACTIVATIONS[o.activation], ...over)
    const slopes = ss / (plain ? 1 : q), activations = aa - (o.norm == "batch" ? a ** 2 : 0)
    const row = {
      factor: sqrt(skip + branch ** 2 * scale2 * slopes),
      z: sqrt(q + (o.norm == "batch" ? 0 : mean ** 2)),
    }
    q = skip * q + branch ** 2 * scale2 * activations
    mean = skip * mean + branch * o.bias
    return row
  })
}
