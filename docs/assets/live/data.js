// Three sets of points in the plane and one of digits, half of each in either class.
const { sqrt } = Math // minified, Math.sqrt(x) would be x ** 0.5

/** A point of the first class and its place in the second, by name; t goes from 0 to 1. */
const SHAPES = {
  moons(t, second) {
    const u = Math.cos(Math.PI * t), v = Math.sin(Math.PI * t)
    return second ? [1 - u, 0.5 - v] : [u, v]
  },
  rings(t, second, half) {
    const angle = (2 * Math.PI * t * (half - 1)) / half, radius = second ? 0.5 : 1
    return [radius * Math.cos(angle), radius * Math.sin(angle)]
  },
  spiral(t, second) {
    const angle = 3 * Math.PI * t, radius = second ? -0.1 - t : 0.1 + t
    return [radius * Math.cos(angle), radius * Math.sin(angle)]
  },
  digits(t, second, half) {
    const from = 64 * (32 * second + Math.round(t * (half - 1)))
    return ink.subarray(from, from + 64)
  },
}

let ink // of the digits, once they are there

/** Has to be waited for before a network is made of digits. */
export const load = async ({ data }) => {
  if (data == "digits") ink ??= await (await import("./digits.js")).unpack()
}

/** How many numbers an input has. */
export const inputsOf = ({ data }) => (data == "digits" ? 64 : 2)

/** Columns of X (points, n), standardized, then shifted; all pixels have one spread. */
const standardize = (X, n, shift) => {
  const points = X.length / n, spread = new Float64Array(n)
  for (let k = 0; k < n; k++) {
    let mean = 0
    for (let i = k; i < X.length; i += n) mean += X[i] / points
    for (let i = k; i < X.length; i += n) {
      X[i] -= mean
      spread[k] += X[i] ** 2 / points
    }
  }
  if (n > 2) spread.fill(spread.reduce((sum, it) => sum + it / n, 0))
  for (let i = 0; i < X.length; i++) X[i] = X[i] / sqrt(spread[i % n]) + shift
}

/**
 * Inputs X (points, n) and their labels y (points), -1 or 1.
 * @param {{data: "moons"|"rings"|"spiral"|"digits", points: number, noise: number, shift: number}} options
 * @param {Float64Array} jitter standard normals, (points, n)
 */
export const makeData = ({ data, points, noise, shift }, jitter) => {
  if (!SHAPES[data]) throw new RangeError(`no data: ${data}`)
  const n = inputsOf({ data }), X = new Float64Array(n * points), y = new Float64Array(points), half = points / 2
  for (let i = 0; i < points; i++) {
    const second = i >= half, place = SHAPES[data]((i % half) / (half - 1), second, half)
    y[i] = second ? 1 : -1
    for (let k = 0; k < n; k++) X[n * i + k] = place[k] + noise * jitter[n * i + k]
  }
  standardize(X, n, shift)
  return { X, y }
}
