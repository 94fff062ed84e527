// A tanh neuron and its ReLU twin after one large step, led back by hand.
import { frame, line, put, ticks } from "./chart.js"
import { even, growing } from "./controls.js"
import { figure } from "./figure.js"
import { short, signed } from "./numbers.js"

// One input (1, 1), weights (w, w), bias: a step moves z by -rate (1 + 1 + 1) δ.
const REACH = 3, TARGET = 1
const TABLE = [
  { name: "thrown", label: "The large step throws z to", kind: "slider", values: even(-10, 1, 0.5) },
  { name: "rate", label: "Learning rate", kind: "slider", values: growing(0.01, 1, { base: 10, steps: 4, digits: 1 }) },
]
const PHI = {
  tanh: [Math.tanh, z => 1 / Math.cosh(z) ** 2],
  ReLU: [z => Math.max(z, 0), z => +(z > 0)],
}

/** z of a neuron before each step of gradient descent on (a - 1)² / 2. */
const path = (name, { thrown, rate, steps }) => {
  const [phi, slope] = PHI[name], zs = [thrown]
  for (let z = thrown; zs.length <= steps; zs.push(z)) z -= rate * REACH * (phi(z) - TARGET) * slope(z)
  return zs
}
const z3 = value => signed(short(value))

const see = state => {
  const tanh = path("tanh", state), relu = path("ReLU", state), { steps, thrown } = state
  const slope = PHI.tanh[1](tanh.at(-1)), dead = relu.at(-1) <= 0
  const after = steps ? `After ${steps} step${steps == 1 ? "" : "s"}` : "Before the first step back"
  return {
    headline: dead
      ? `${after}: the ReLU is at z\u00a0=\u00a0${z3(relu.at(-1))} and gets a gradient of exactly 0. It stays.`
      : `${after}: the ReLU is at z\u00a0=\u00a0${z3(relu.at(-1))}, ${Math.abs(relu.at(-1) - TARGET) < 0.01 ? "its target" : "and learns"}.`,
    more: `The tanh is at z\u00a0=\u00a0${z3(tanh.at(-1))}, where its slope is ${short(slope)}: ${slope < 1e-4 ? "it moves, too little to see" : Math.tanh(tanh.at(-1)) > 0.8 ? "it is back, near its target" : slope < 0.05 ? "it crawls" : "it is back"}.`,
    draw(svg) {
      const last = Math.max(20, steps), low = Math.min(-1, Math.floor(thrown)), xs = Array.from(tanh, (_, k) => k)
      const at = frame({ x: [0, last], y: [low, 3], xticks: ticks(0, last, 5, true), yticks: ticks(low, 3, 4), xlabel: "step" })
      put(svg, at, line(at, [0, last], [0, 0], 'stroke="var(--soft)" stroke-dasharray="2 3"') +
        line(at, xs, tanh, 'stroke="var(--c1)"') + line(at, xs, relu, 'stroke="var(--c2)" stroke-dasharray="6 4"') +
        `<circle cx="${at.px(steps)}" cy="${at.py(tanh.at(-1))}" r="4" fill="var(--c1)"/><circle cx="${at.px(steps)}" cy="${at.py(relu.at(-1))}" r="4" fill="var(--c2)"/>`,
      `z of the tanh ${z3(tanh.at(-1))}, of the ReLU ${z3(relu.at(-1))}.`)
    },
  }
}

const script = ({ thrown, rate, steps }) => `"""A tanh neuron and its ReLU twin, led back after one large step."""

import numpy as np

THROWN, RATE, STEPS = ${thrown}, ${rate}, ${steps}
REACH = 3  # |x|² + 1 for the input (1, 1): a step moves z by -RATE * REACH * δ
PHI = {
    "tanh": (np.tanh, lambda z: 1 / np.cosh(z) ** 2),
    "ReLU": (lambda z: max(z, 0.0), lambda z: float(z > 0)),
}
for name, (phi, slope) in PHI.items():
    z = float(THROWN)
    for _ in range(STEPS):  # of gradient descent on (a - 1)² / 2
        z -= RATE * REACH * (phi(z) - 1) * slope(z)
    print(f"{name}: z = {z:.3g}, slope {slope(z):.3g}")
`
const more = count => state => ({ ...state, steps: Math.min(state.steps + count, 5000) })

export const mount = element => figure(element, {
  table: TABLE, chart: { name: "Pre-activation z", key: [["line", "tanh", "--c1"], ["dashed", "ReLU", "--c2"], ["dotted", "0"]] },
  start: { thrown: -10, rate: 0.1, steps: 0 }, see, script,
  actions: { "One step": more(1), "100 steps": more(100), "1000 steps": more(1000) },
  moved: (name, state) => ({ ...state, steps: 0 }),
})
