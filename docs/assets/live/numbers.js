// How numbers are written: 0.233, 9.9 × 10⁻¹³, 29%.

const DIGITS = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" }

/** A power of ten. */
export const power = exponent => `10${String(exponent).replace(/./g, digit => DIGITS[digit])}`

/** A number or its text with the minus of the site's figures. */
export const signed = it => String(it).replace("-", "−")

/** A number to so many digits; powers of ten below a thousandth and from ten thousand on. */
export const short = (value, digits = 3) => {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "not a number" : "infinite"
  const size = Math.abs(value)
  if (!size || (size >= 1e-3 && size < 1e4)) return String(+value.toPrecision(digits))
  const [factor, exponent] = value.toExponential(Math.min(digits, 2) - 1).split("e")
  return `${factor}\u202f×\u202f${power(+exponent)}`
}

/** A share from 0 to 1; what is there but small is not called 0%. */
export const percent = share => {
  if (!(share >= 0 && share <= 1)) return "unknown"
  const whole = Math.round(100 * share)
  if (!whole && share > 0) return "under 1%"
  return whole == 100 && share < 1 ? "over 99%" : `${whole}%`
}
