// The weight scale decides: move it until the line is level.
import { layers } from "./layers.js"

const LEVEL = 0.02 // how near to 1 the factor has to be

const game = ({ layers: rows, options: { scale } }) => {
  const ratio = rows[0].delta / rows.at(-1).delta, factor = ratio ** (1 / (rows.length - 1))
  if (!(factor > 0)) return ""
  const by = `Each layer multiplies the signal by ${factor.toFixed(3)}`
  if (Math.abs(factor - 1) < LEVEL) return `${by}. Level: you have found it, at σ = ${scale.toPrecision(3)}.`
  return `${by}. To make the line level, take ${factor < 1 ? "larger" : "smaller"} weights.`
}

export const mount = element => layers(element, {
  controls: { activation: {}, scale: {} }, start: { activation: "sigmoid", depth: 50, width: 64, points: 8 }, more: game,
})
