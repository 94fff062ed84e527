// What is seen, in a plain sentence, and what goes with it.
import { percent, short } from "./numbers.js"

/** A factor per layer: two digits, even if the second is 0. */
const factor = value => (value < 99 ? value.toPrecision(2) : short(value, 2))

const plural = (count, word) => `${count} ${word}${count == 1 ? "" : "s"}`

/** How a ratio of error signals is called. */
const verdict = ratio =>
  ratio < 1e-2 ? "The error signal vanishes"
  : ratio < 0.3 ? "The error signal fades"
  : ratio <= 3 ? "The error signal keeps its size"
  : ratio <= 100 ? "The error signal grows" : "The error signal explodes"

/** The part of the last layer's signal that layer 1 hears. */
const heard = (ratio, depth) =>
  ratio < 0.01 || ratio > 1
    ? `layer 1 hears ${short(ratio, ratio < 1 ? 2 : 3)} times what layer ${depth} hears`
    : `layer 1 hears ${percent(ratio)} of what layer ${depth} hears`

const deadShare = layers => layers.reduce((sum, it) => sum + it.dead, 0) / layers.length

const aboutDeaths = (layers, width) => {
  const dead = Math.round(deadShare(layers) * layers.length * width), all = layers.length * width
  return dead ? `${dead} of ${all} neurons are dead: silent at every point.` : "No neuron is dead."
}

const headline = ({ layers, finite, steps, options: { depth, width } }) => {
  const first = layers[0].delta, last = layers[depth - 1].delta
  if (!finite) return `The numbers overflowed${steps ? ` within ${plural(steps, "step")}` : ""}: they are infinite, or not numbers.`
  if (!layers.some(it => it.delta > 0)) return "The error signal is exactly 0 in every layer: no weight of them moves any more."
  if (!first) {
    const silent = layers.findIndex(it => it.delta > 0)
    return `The error signal is exactly 0 up to layer ${silent}: what lies before it learns nothing.`
  }
  if (depth == 1) return aboutDeaths(layers, width)
  return `${verdict(first / last)}: ${heard(first / last, depth)}.`
}

/** Why fewer are dead than before: a neuron of layer 1 has no layer below that could move. */
const aboutWoken = ({ woken, options: { depth } }) =>
  woken > 0 ? `At least ${woken} that had died are active again: ${depth > 1 ? "layers below changed their inputs" : "the optimizer went on moving them"}.` : ""

/** The factor per layer, measured and expected. */
const factors = ({ layers, theory, finite, steps, options: { depth } }) => {
  const ratio = layers[0].delta / layers[depth - 1].delta
  if (depth == 1 || !finite || steps || !(ratio > 0)) return ""
  const measured = `Going back, each layer multiplies it by ${factor(ratio ** (1 / (depth - 1)))}`
  if (!theory) return `${measured} on average.`
  const logs = theory.slice(0, -1).reduce((sum, it) => sum + Math.log(it.factor), 0)
  return `${measured} on average; theory says ${factor(Math.exp(logs / (depth - 1)))}.`
}

const learned = ({ steps, loss, accuracy, finite, options: { points } }) => {
  if (!finite) return "That is no death of neurons: lower the learning rate or the weights, and restart."
  if (!steps) return ""
  const guessing = Math.abs(loss - Math.LN2) < 2e-3
  const coin = !guessing ? "" : accuracy < 0.6 ? ": no better than a coin" : ": a coin's, for all scores are near 0"
  return `After ${plural(steps, "step")}, ${Math.round(accuracy * points)} of ${points} points are right, loss ${short(loss)}${coin}.`
}

/**
 * @param {object} report of the worker; `woken` neurons were dead before and are not now
 * @returns {{headline: string, more: string}} the sentence, and a few words in small print
 */
export const sentence = report => {
  const { layers, finite, options: { depth, width } } = report
  const deaths = finite && depth > 1 && deadShare(layers) > 0 ? aboutDeaths(layers, width) : ""
  const more = [learned(report), factors(report), deaths, finite && aboutWoken(report)]
  return { headline: headline(report), more: more.filter(Boolean).join(" ") }
}

/** Short facts: name and value. */
export const facts = ({ steps, loss, accuracy, layers, finite }) => [
  ["Step", String(steps)],
  ["Loss", finite ? short(loss) : "overflow"],
  ["Right", finite ? percent(accuracy) : "–"],
  ["Dead", finite ? percent(deadShare(layers)) : "–"],
]
