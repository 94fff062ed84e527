// Three sets of points in the plane, half of each in either class.
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
}

/** Column k of X (points, 2), standardized, then shifted. */
const standardize = (X, k, shift) => {
  const points = X.length / 2
  let mean = 0, variance = 0
  for (let i = k; i < X.length; i += 2) mean += X[i] / points
  for (let i = k; i < X.length; i += 2) variance += (X[i] - mean) ** 2 / points
  for (let i = k; i < X.length; i += 2) X[i] = (X[i] - mean) / sqrt(variance) + shift
}

/**
 * Inputs X (points, 2) and their labels y (points), -1 or 1.
 * @param {{data: "moons"|"rings"|"spiral", points: number, noise: number, shift: number}} options
 * @param {Float64Array} jitter standard normals, (points, 2)
 */
export const makeData = ({ data, points, noise, shift }, jitter) => {
  if (!SHAPES[data]) throw new RangeError(`no data: ${data}`)
  const X = new Float64Array(2 * points), y = new Float64Array(points), half = points / 2
  for (let i = 0; i < points; i++) {
    const second = i >= half, place = SHAPES[data]((i % half) / (half - 1), second, half)
    y[i] = second ? 1 : -1
    for (let k = 0; k < 2; k++) X[2 * i + k] = place[k] + noise * jitter[2 * i + k]
  }
  standardize(X, 0, shift)
  standardize(X, 1, shift)
  return { X, y }
}
