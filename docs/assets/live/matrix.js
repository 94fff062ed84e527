// Matrices as flat arrays, row after row: the three operations the network needs.
const { sqrt } = Math // minified, Math.sqrt(x) would be x ** 0.5

/** C (rows, columns) = A (rows, inner) times the transpose of B (columns, inner). */
export const multiply = (C, A, B, rows, columns, inner) => {
  let i = 0
  for (; i + 1 < rows; i += 2) { // two rows by four columns at once: they stay in registers
    const p = i * inner, q = p + inner, c = i * columns, d = c + columns
    let j = 0
    for (; j + 3 < columns; j += 4) {
      const r = j * inner, s = r + inner, t = s + inner, u = t + inner
      let a0 = 0, a1 = 0, a2 = 0, a3 = 0, b0 = 0, b1 = 0, b2 = 0, b3 = 0
      for (let k = 0; k < inner; k++) {
        const x = A[p + k], y = A[q + k], e = B[r + k], f = B[s + k], g = B[t + k], h = B[u + k]
        a0 += x * e; a1 += x * f; a2 += x * g; a3 += x * h
        b0 += y * e; b1 += y * f; b2 += y * g; b3 += y * h
      }
      C[c + j] = a0; C[c + j + 1] = a1; C[c + j + 2] = a2; C[c + j + 3] = a3
      C[d + j] = b0; C[d + j + 1] = b1; C[d + j + 2] = b2; C[d + j + 3] = b3
    }
    for (; j < columns; j++) {
      C[c + j] = dot(A, p, B, j * inner, inner)
      C[d + j] = dot(A, q, B, j * inner, inner)
    }
  }
  for (; i < rows; i++) {
    for (let j = 0; j < columns; j++) C[i * columns + j] = dot(A, i * inner, B, j * inner, inner)
  }
}

/** Σ A[p + k] B[q + k] over k below `inner`. */
const dot = (A, p, B, q, inner) => {
  let sum = 0
  for (let k = 0; k < inner; k++) sum += A[p + k] * B[q + k]
  return sum
}

/** out (columns, rows) = A (rows, columns) transposed. */
export const transpose = (out, A, rows, columns) => {
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) out[j * rows + i] = A[i * columns + j]
  }
}

/** Makes the columns of A (n, n) orthonormal, one after the other: Q of A = QR, diag R > 0. */
export const orthonormalize = (A, n) => {
  const Q = new Float64Array(n * n)
  transpose(Q, A, n, n) // columns become rows, which lie together
  for (let i = 0; i < n; i++) {
    const row = i * n
    for (let pass = 0; pass < 2; pass++) { // the second pass takes what rounding left
      for (let other = 0; other < row; other += n) {
        const share = dot(Q, row, Q, other, n)
        for (let k = 0; k < n; k++) Q[row + k] -= share * Q[other + k]
      }
    }
    const length = sqrt(dot(Q, row, Q, row, n))
    for (let k = 0; k < n; k++) Q[row + k] /= length
  }
  transpose(A, Q, n, n)
}
