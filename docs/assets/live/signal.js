// What arrives at each layer: norms of δ and of ∂L/∂W, on the same scale, with the theory
// beside the measurement and in gray what was before.
import { color, crosses, decades, dots, frame, layerTicks, line, note, put } from "./chart.js"
import { short } from "./numbers.js"

export const LAYER = "layer (1 is next to the input)"
/** Title and keys of the chart of |δ|. */
export const KEYS = { name: "Error signal, norm of δ", key: [["line", "measured"], ["dashed", "theory"], ["before", "before"]] }
export const GHOST = 'stroke="var(--soft)" stroke-opacity=".55"'
const log = value => (value > 0 ? Math.log10(value) : NaN)
const numbered = layers => layers.map((_, l) => l + 1)

/** Expected |δ| as exponents of ten: the theory's factors, from the last layer back. */
const expected = ({ layers, theory }) => {
  if (!theory) return []
  let at = log(layers.at(-1).delta)
  return theory.map((_, i) => {
    const l = theory.length - 1 - i
    if (i) at += Math.log10(theory[l].factor)
    return at
  }).reverse()
}

/** Both norms share one axis, so that they can be compared. */
const both = (now, before) => decades([now, before].flatMap(it =>
  it ? it.layers.flatMap(({ delta, dW }) => [delta, dW]) : []).concat(expected(now).map(it => 10 ** it)))

const ends = (layers, of) => `${short(layers[0][of])} in layer 1, ${short(layers.at(-1)[of])} in layer ${layers.length}`

const overLayers = (now, before, more) => {
  const depth = Math.max(now.layers.length, before?.layers.length ?? 1)
  return frame({ x: depth == 1 ? [0.5, 1.5] : [1, depth], xticks: layerTicks(depth), xlabel: depth > 1 ? `← the way back, from layer ${depth} to layer 1` : LAYER, ...more })
}

/** Norms over layers on a log axis: this one, the one before, and what is exactly 0. */
export const norms = of => (svg, now, before) => {
  const at = overLayers(now, before, { y: both(now, before), log: true })
  const curve = ({ layers }, look) => line(at, numbered(layers), layers.map(it => log(it[of])), look)
  const look = `stroke="${color(now.options.activation)}"`
  const zeros = numbered(now.layers).filter(l => now.finite && now.layers[l - 1][of] === 0)
  const theory = of == "delta" ? expected(now) : []
  let body = before ? curve(before, GHOST) : ""
  body += line(at, numbered(theory), theory, 'stroke="var(--ink)" stroke-dasharray="5 4"')
  body += curve(now, look) + crosses(at, zeros)
  if (now.layers.length < 8) {
    body += dots(at, numbered(now.layers), now.layers.map(it => log(it[of])), `fill="${color(now.options.activation)}"`)
  }
  if (zeros.length) body += note(at, "× exactly 0", "bottom left", 'fill="var(--c6)"')
  if (!now.finite) body += note(at, "overflow", "middle")
  put(svg, at, body, `${of == "delta" ? "Norm of δ" : "Norm of ∂L/∂W"}: ${ends(now.layers, of)}.`, color(now.options.activation))
}
