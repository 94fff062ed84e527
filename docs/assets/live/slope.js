// An activation and its slope at one z, in 64 bits and in 32, down to the exact zero.
import { ACTIVATIONS } from "./activations.js"
import { color, frame, line, put, ticks } from "./chart.js"
import { even } from "./controls.js"
import { figure } from "./figure.js"
import { short, signed } from "./numbers.js"

const TABLE = [
  { name: "activation", label: "Activation", kind: "menu", values: Object.keys(ACTIVATIONS) },
  { name: "z", label: "Pre-activation z", kind: "slider", values: even(-40, 40, 0.1) },
]
const WIDE = 41

/** Slope from stored values: 32 bits keep 24 binary digits of a, and of what follows. */
const slopes = ({ activation, z }) => {
  const { value, slope } = ACTIVATIONS[activation], a = value(z), single = Math.fround(a)
  const exact = slope(z, a)
  if (activation == "tanh") return [exact, Math.fround(1 - Math.fround(single * single))]
  if (activation == "sigmoid") return [exact, Math.fround(single * Math.fround(1 - single))]
  return [exact, Math.fround(activation == "ELU" ? slope(z, single) : exact)]
}
const how = { tanh: "1 − a²", sigmoid: "a (1 − a)" }

const see = state => {
  const { activation, z } = state, { value, slope } = ACTIVATIONS[activation]
  const [double, single] = slopes(state), a = value(z), from = how[activation] ? `, computed as ${how[activation]},` : ""
  const gone = double === 0 ? "exactly 0, in 64 bits too" : signed(short(double)) + (single === 0 ? ", and in 32 bits exactly 0" : "")
  return {
    headline: `At z = ${signed(short(z))} the slope of ${activation}${from} is ${gone}.`,
    more: `The neuron gives a = ${signed(short(a))}. Whatever error comes back is multiplied by the slope.`,
    draw(svg) {
      const reach = Math.abs(z) > 6 ? WIDE : 6.5, xs = even(-reach, reach, reach / 200)
      const clip = it => Math.max(-1, Math.min(2, it))
      const at = frame({ x: [-reach, reach], y: [-1, 2], xticks: ticks(-reach, reach, 5, true), yticks: [-1, 0, 1, 2], xlabel: "pre-activation z" })
      const shown = xs.map(x => (Math.abs(value(x)) > 2 ? NaN : value(x)))
      const body = line(at, xs, shown, 'stroke="var(--soft)" stroke-dasharray="5 4"') +
        line(at, xs, xs.map(x => slope(x, value(x))), `stroke="${color(activation)}"`) +
        `<path d="M${at.px(z)} ${at.top}V${at.base}" stroke="var(--ink)" stroke-width="1"/>` +
        `<circle cx="${at.px(z)}" cy="${at.py(clip(double))}" r="4" fill="${color(activation)}"/>`
      put(svg, at, body, `The slope at z = ${short(z)} is ${short(double)}.`, color(activation))
    },
  }
}

const PYTHON = { // a and slope in the precision of `kind`
  sigmoid: ["a = kind(0.5 + 0.5 * np.tanh(Z / 2))", "a * (kind(1) - a)"],
  tanh: ["a = kind(np.tanh(Z))", "kind(1) - a * a"],
  ReLU: ["a = kind(max(Z, 0.0))", "kind(Z > 0)"],
  "leaky ReLU": ["a = kind(Z if Z > 0 else Z / 100)", "kind(1.0 if Z > 0 else 0.01)"],
  ELU: ["a = kind(Z if Z > 0 else np.expm1(Z))", "kind(1.0 if Z > 0 else float(a) + 1)"],
  GELU: ["s = 0.5 + 0.5 * np.tanh((2 / np.pi) ** 0.5 * (Z + 0.044715 * Z**3))\n    a = kind(Z * s)",
    "kind(s + Z * s * (1 - s) * (8 / np.pi) ** 0.5 * (1 + 0.134145 * Z * Z))"],
  SiLU: ["s = 0.5 + 0.5 * np.tanh(Z / 2)\n    a = kind(Z * s)", "kind(s + Z * s * (1 - s))"],
  linear: ["a = kind(Z)", "kind(1)"],
}
const script = ({ activation, z }) => `"""The slope of ${activation} at one z, in 64 and in 32 bits."""

import numpy as np

Z = ${Number.isInteger(z) ? `${z}.0` : z}

for kind in (np.float64, np.float32):
    ${PYTHON[activation][0]}
    slope = ${PYTHON[activation][1]}
    print(f"{kind.__name__}: a = {a:.3g}, slope {slope:.3g}")
`

export const mount = element =>
  figure(element, { table: TABLE, start: { activation: "tanh", z: 0 }, see, script, chart: { name: "The activation", key: [["line", "its slope"], ["dashed", "its value"]] } })
