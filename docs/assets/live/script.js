// The network on the screen as a NumPy script that prints the same numbers.
import { measure } from "./measure.js"
import { DEFAULTS } from "./network.js"
import { backpropagate, called, drawn, phiFunction, report, rounding, training } from "./python.js"

/**
 * What trains one after the other: steps, rate, optimizer and activation of each phase.
 * The last may have no steps: it is what the network is now.
 */
const phases = ({ rate, optimizer, activation }, steps, changes) => {
  const plan = [{ rate, optimizer, activation, from: 0 }]
  for (const { step, ...change } of changes) {
    const last = plan.at(-1), next = { ...last, ...change, from: step }
    if (last.from == step) plan.pop() // nobody trained with that
    plan.push(next)
  }
  return plan.map((it, i) => ({ ...it, steps: (plan[i + 1]?.from ?? steps) - it.from }))
}

/**
 * The script of a network after some steps of training.
 * @param {object} options at the start
 * @param {number} steps of training, in all
 * @param {{step: number, rate?: number, optimizer?: string, activation?: string}[]} changes
 *   while it trained, each after how many steps
 * @param {string} [packed] the digits, if it trained on them
 */
export const script = (options, steps = 0, changes = [], packed = "") => {
  const o = { ...DEFAULTS, ...options }, plan = phases(o, steps, changes)
  const names = [...new Set(plan.map(it => it.activation))]
  const phi = plan.length > 1 ? "phi" : called(names[0])
  const chaos = "  # if training is chaotic, digits come to differ"
  const trains = plan.length == 1 && steps > 0 && `RATE, STEPS = ${plan[0].rate}, ${steps}`
  const lines = [
    `"""${o.activation}, ${o.depth} layers of ${o.width}: the numbers of the lab bench, in NumPy."""`,
    "", packed && ["import base64", "import zlib", ""], "import numpy as np", "",
    packed && ["# 32 threes and 32 eights, 8 × 8 pixels, ink 0 to 4: from the labs of this site", 'PACKED = """', packed.match(/.{1,88}/g), '"""'],
    `DEPTH, WIDTH, SIGMA_W, HALF = ${o.depth}, ${o.width}, ${o.scale}, ${o.points / 2}  # HALF: of a class`,
    trains && (steps > 10 ? trains + chaos : trains),
    o.skip == "scaled" && "BRANCH = [1] + [DEPTH**-0.5] * (DEPTH - 1)",
    rounding(o), names.map(it => phiFunction(it, o)), backpropagate(o, phi), drawn(o),
    training(o, plan), report(phi, plan.at(-1).activation),
  ]
  return lines.flat(9).filter(line => typeof line == "string").join("\n") + "\n"
}

/** A number as Python's format 9.3e writes it. */
const e = x => {
  if (!Number.isFinite(x)) return String(x).toLowerCase().replace("infinity", "inf").padStart(9)
  return x.toExponential(3).replace(/e([+-])(\d)$/, "e$10$2").padStart(9)
}

/** A number as Python's format .4g writes it. */
const g = x => {
  if (!Number.isFinite(x)) return e(x).trim()
  const [digits, power] = x.toExponential(3).split("e"), short = Number(digits)
  if (power >= -4 && power < 4) return String(Number(x.toPrecision(4)))
  return `${short}e${power[0]}${power.slice(1).padStart(2, "0")}`
}

/** What the script prints, from the network itself after forward() and backward(). */
export const printed = network => {
  const { layers, accuracy, finite } = measure(network), { points, width } = network.options
  const rows = layers.map(({ delta, dW, flat, dead }, k) => [
    String(k + 1).padStart(5), e(delta), e(dW),
    String(Math.round(flat * points * width)).padStart(5),
    String(Math.round(dead * width)).padStart(5),
  ].join(" "))
  const head = finite ? `loss ${g(network.loss)}, right ${Math.round(accuracy * points)} of ${points}` : "overflow"
  return [head, "layer    norm δ   norm ∂W  flat  dead", ...(finite ? rows : [])].join("\n") + "\n"
}
