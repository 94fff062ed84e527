// Slope times weight, once for each layer: the two numbers that decide.
import { decades, frame, line, put, ticks } from "./chart.js"
import { even, growing } from "./controls.js"
import { figure } from "./figure.js"
import { short } from "./numbers.js"

const TABLE = [
  { name: "slope", label: "Slope of each neuron", kind: "slider", values: even(0.01, 1, 0.01) },
  { name: "weight", label: "Weight of each layer", kind: "slider", values: growing(0.125, 16, { steps: 8, also: [5] }) },
  { name: "depth", label: "Layers", kind: "slider", values: even(1, 100, 1) },
]
const range = depth => Array.from({ length: depth + 1 }, (_, n) => n)

const see = ({ slope, weight, depth }) => {
  const factor = slope * weight, left = factor ** depth, layers = range(depth)
  const verdict = +short(factor) == 1 ? "keeps its size" : factor < 1 ? "vanishes" : "explodes"
  return {
    headline: `${short(slope)} × ${short(weight)} = ${short(factor)} in each layer: the signal ${verdict}.`,
    more: `After ${depth} layer${depth == 1 ? "" : "s"} ${short(left)} of it is left. With this slope, weights of ${short(1 / slope)} would keep it level.`,
    draw(svg) {
      const at = frame({ x: [0, depth], y: decades([1, left]), log: true, xticks: ticks(0, depth, 5, true), xlabel: "layers gone through" })
      const ys = layers.map(n => n * Math.log10(factor))
      put(svg, at, line(at, [0, depth], [0, 0], 'stroke="var(--soft)" stroke-dasharray="2 3"') + line(at, layers, ys, 'stroke="var(--c0)"'), `From 1 to ${short(left)} in ${depth} layers.`)
    },
  }
}

const script = ({ slope, weight, depth }) => `"""Slope times weight, once for each layer."""

SLOPE, WEIGHT, DEPTH = ${slope}, ${weight}, ${depth}

factor = SLOPE * WEIGHT
print(f"factor {factor:.3g}, after {DEPTH} layers {factor**DEPTH:.3g}")
print(f"level at weight {1 / SLOPE:.3g}")
`

export const mount = element =>
  figure(element, { table: TABLE, start: { slope: 0.25, weight: 1, depth: 50 }, see, script, chart: { name: "What is left of the signal", key: [["dotted", "level"]] } })
