// Batch norm and layer norm, without learned scale and shift.
//
// Both standardize groups of numbers of a sheet (points, units): batch norm each unit
// over the points, layer norm each point over the units.
const { sqrt } = Math // minified, Math.sqrt(x) would be x ** 0.5
const EPSILON = 1e-5

/** How many groups there are, how long each is, where it starts, how far its numbers lie. */
const groups = (norm, m, n) =>
  norm == "batch" ? [n, m, 1, n] : [m, n, n, 1]

/** h = (z - mean) / std; keeps the means and 1 / std of the groups. */
export const normalize = (norm, z, h, means, inverses, m, n) => {
  const [number, count, apart, step] = groups(norm, m, n)
  for (let g = 0; g < number; g++) {
    const start = g * apart, end = start + count * step
    let mean = 0, variance = 0
    for (let i = start; i < end; i += step) mean += z[i]
    mean /= count
    for (let i = start; i < end; i += step) variance += (z[i] - mean) ** 2
    const inverse = 1 / sqrt(variance / count + EPSILON)
    for (let i = start; i < end; i += step) h[i] = (z[i] - mean) * inverse
    means[g] = mean
    inverses[g] = inverse
  }
}

/** In place: the gradient with respect to h becomes that with respect to z. */
export const normalizeBack = (norm, delta, h, inverses, m, n) => {
  const [number, count, apart, step] = groups(norm, m, n)
  for (let g = 0; g < number; g++) {
    const start = g * apart, end = start + count * step
    let mean = 0, along = 0
    for (let i = start; i < end; i += step) {
      mean += delta[i]
      along += delta[i] * h[i]
    }
    mean /= count
    along /= count
    for (let i = start; i < end; i += step) {
      delta[i] = (delta[i] - mean - h[i] * along) * inverses[g]
    }
  }
}
