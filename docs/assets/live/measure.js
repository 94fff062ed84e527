// What is said of a network after forward() and backward(), layer by layer.
import { ACTIVATIONS } from "./activations.js"

const { sqrt } = Math // minified, Math.sqrt(x) would be x ** 0.5

export const BINS = 24
const FLAT = 0.05 // of the steepest slope: a slope below this share counts as flat

/** Σ (v / unit)² */
const squares = (values, unit) => {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += (values[i] / unit) ** 2
  return sum
}

/** The Euclidean norm; 0 only if every value is, infinite only if a value is. */
const norm = values => {
  const sum = squares(values, 1)
  if (sum > 1e-280 && sum < Infinity) return sqrt(sum)
  let largest = 0 // a square did not fit into the number format
  for (let i = 0; i < values.length; i++) largest = Math.max(largest, Math.abs(values[i]))
  return 0 < largest && largest < Infinity ? largest * sqrt(squares(values, largest)) : largest
}
const rms = values => norm(values) / sqrt(values.length)

/** How many of the values fall in each of equal bins from the lowest to the highest. */
const count = (values, low, high) => {
  const histogram = new Uint32Array(BINS), perUnit = BINS / (high - low || 1)
  if (!Number.isFinite(perUnit)) return histogram
  for (let i = 0; i < values.length; i++) {
    histogram[Math.min(BINS - 1, ((values[i] - low) * perUnit) | 0)]++
  }
  return histogram
}

/** Share of flat places, and share of units whose slope is 0 at every point. */
const silence = (z, slope, width, steepest) => {
  const heard = new Uint8Array(width)
  let flat = 0, dead = width, finite = true
  for (let i = 0, j = 0; i < z.length; i++) {
    const known = Number.isFinite(z[i]), size = Math.abs(slope[i])
    if (!known) finite = false
    if (known && size < FLAT * steepest) flat++
    if ((!known || size != 0) && !heard[j]) { // what overflowed is not dead
      heard[j] = 1
      dead--
    }
    if (++j == width) j = 0
  }
  return { flat: flat / z.length, dead: dead / width, finite }
}

/** One layer: norms of delta, dW and W, rms of z, shares; activations in bins. */
const layer = (network, l) => {
  const { width, activation } = network.options
  const z = network.z[l], a = network.a[l], slope = network.slope[l]
  let low = Infinity, high = -Infinity
  for (let i = 0; i < a.length; i++) {
    if (a[i] < low) low = a[i]
    if (a[i] > high) high = a[i]
  }
  const delta = norm(network.delta[l]), dW = norm(network.gW[l])
  const silent = silence(z, slope, width, ACTIVATIONS[activation].steepest)
  const finite = silent.finite && Number.isFinite(delta) && Number.isFinite(dW)
  return {
    delta, dW, W: norm(network.W[l]), z: rms(z), ...silent, finite,
    low, high, histogram: count(a, low, high),
  }
}

/**
 * @returns {{layers: {delta: number, dW: number, W: number, z: number,
 *   dead: number, flat: number, finite: boolean, low: number, high: number,
 *   histogram: Uint32Array}[], accuracy: number, finite: boolean}}
 * Shares and accuracy go from 0 to 1; `finite` is false if anything overflowed.
 */
export const measure = network => {
  const layers = Array.from(network.W, (_, l) => layer(network, l))
  let right = 0
  for (let i = 0; i < network.y.length; i++) if (network.score[i] * network.y[i] > 0) right++
  const finite = Number.isFinite(network.loss) && layers.every(it => it.finite)
  return { layers, accuracy: right / network.y.length, finite }
}
