// Activation functions φ, as the site's snippets write them.
const { sqrt } = Math // minified, Math.sqrt(x) would be x ** 0.5

const sigmoid = z => 0.5 + 0.5 * Math.tanh(z / 2)

/** z times a sigmoid of k (z + c z³): SiLU, and the usual form of GELU. */
const gated = (k, c, steepest) => {
  const gate = z => sigmoid(k * (z + c * z * z * z))
  const slope = z => {
    const s = gate(z)
    return s + z * s * (1 - s) * k * (1 + 3 * c * z * z)
  }
  return { value: z => z * gate(z), slope, steepest }
}

/**
 * Of each name φ(z), its slope as a function of z and a = φ(z), and the steepest slope.
 * What is not a number stays so: `z <= 0 ? 0 : z`, not `z > 0 ? z : 0`.
 * @type {Object<string, {value: (z: number) => number,
 *   slope: (z: number, a: number) => number, steepest: number}>}
 */
export const ACTIVATIONS = {
  sigmoid: { value: sigmoid, slope: (z, a) => a * (1 - a), steepest: 0.25 },
  tanh: { value: Math.tanh, slope: (z, a) => 1 - a * a, steepest: 1 },
  ReLU: { value: z => (z <= 0 ? 0 : z), slope: z => (z <= 0 ? 0 : 1), steepest: 1 },
  "leaky ReLU": {
    value: z => (z <= 0 ? z / 100 : z), slope: z => (z <= 0 ? 0.01 : 1), steepest: 1,
  },
  ELU: {
    value: z => (z <= 0 ? Math.expm1(z) : z), slope: (z, a) => (z <= 0 ? a + 1 : 1), steepest: 1,
  },
  GELU: gated(sqrt(8 / Math.PI), 0.044715, 1.13),
  SiLU: gated(1, 0, 1.1),
  linear: { value: z => z, slope: () => 1, steepest: 1 },
}
