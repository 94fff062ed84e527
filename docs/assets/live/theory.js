// Mean-field theory: what a layer does to z and to delta if it is wide enough.
import { ACTIVATIONS } from "./activations.js"
import { DEFAULTS, paths } from "./network.js"

/** Mean of f(u) over u from N(0, 1): trapezoids, half a step off any kink at 0. */
const gaussianMean = f => {
  let sum = 0, weight = 0
  for (let u = -8 + 1 / 64; u < 8; u += 1 / 32) {
    const density = Math.exp(-0.5 * u * u)
    sum += density * f(u)
    weight += density
  }
  return sum / weight
}

/**
 * Of each layer √χ, the factor of |delta| from the next layer to this one, and the rms of z.
 * @param {number} meanSquareInput mean of |x|²; the points are standardized, then shifted
 * @returns {{factor: number, z: number}[]}
 */
export const theory = (options, meanSquareInput) => {
  const o = { ...DEFAULTS, ...options }, { value, slope } = ACTIVATIONS[o.activation]
  const [skip, branch] = paths(o), scale2 = o.scale ** 2, plain = o.norm == "none"
  // Batch norm sees how z varies over the points; without it, and with layer norm, |x|².
  const square = meanSquareInput ?? (o.norm == "batch" ? 2 : 2 + 2 * o.shift ** 2)
  let q = (scale2 * square) / 2, mean = o.bias
  return Array.from({ length: o.depth }, () => {
    const spread = plain ? Math.sqrt(q) : 1, middle = plain ? mean : 0
    const over = f => gaussianMean(u => f(middle + spread * u))
    const constant = o.norm == "batch" ? over(value) : 0
    const activations = over(h => value(h) ** 2) - constant ** 2
    const slopes = over(h => slope(h, value(h)) ** 2) / (plain ? 1 : q)
    const row = {
      factor: Math.sqrt(skip + branch ** 2 * scale2 * slopes),
      z: Math.sqrt(q + (o.norm == "batch" ? 0 : mean ** 2)),
    }
    q = skip * q + branch ** 2 * scale2 * activations
    mean = skip * mean + branch * o.bias
    return row
  })
}
