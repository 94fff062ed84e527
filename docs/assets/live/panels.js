// The charts of the bench: what each shows of a report, and in gray of the one before.
import { bars, color, crosses, decades, dots, frame, ink, layerTicks, line, note, put, ticks } from "./chart.js"
import { percent, short } from "./numbers.js"
import { plane } from "./plane.js"

const LAYER = "layer (1 is next to the input)", BACK = "← the way back"
const GHOST = 'stroke="var(--soft)" stroke-opacity=".55"'
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
  return frame({ x: depth == 1 ? [0.5, 1.5] : [1, depth], xticks: layerTicks(depth), xlabel: LAYER, ...more })
}

/** Norms over layers on a log axis: this one, the one before, and what is exactly 0. */
const norms = of => (svg, now, before) => {
  const at = overLayers(now, before, { y: both(now, before), log: true })
  const curve = ({ layers }, look) => line(at, numbered(layers), layers.map(it => log(it[of])), look)
  const look = `stroke="${color(now.options.activation)}"`
  const zeros = numbered(now.layers).filter(l => now.layers[l - 1][of] === 0)
  const theory = of == "delta" ? expected(now) : []
  let body = before ? curve(before, GHOST) : ""
  body += line(at, numbered(theory), theory, 'stroke="var(--ink)" stroke-dasharray="5 4"')
  body += curve(now, look) + crosses(at, zeros)
  if (now.layers.length < 8) {
    body += dots(at, numbered(now.layers), now.layers.map(it => log(it[of])), `fill="${color(now.options.activation)}"`)
  }
  if (zeros.length) body += note(at, "× exactly 0", "bottom left", 'fill="var(--c6)"')
  if (now.layers.length > 1) body += note(at, BACK, now.layers[0][of] > now.layers.at(-1)[of] ? "top right" : "top left")
  if (!now.finite) body += note(at, "overflow", "middle")
  put(svg, at, body, `${of == "delta" ? "Norm of δ" : "Norm of ∂L/∂W"}: ${ends(now.layers, of)}.`)
}

const RANGES = { sigmoid: [0, 1], tanh: [-1, 1] }

const activations = (svg, now) => {
  const { layers } = now, depth = layers.length, lows = layers.map(it => it.low), highs = layers.map(it => it.high)
  let [low, high] = RANGES[now.options.activation] ?? [Math.min(...lows), Math.max(...highs)]
  if (!now.finite || !(high - low < 1e12)) [low, high] = [0, 1]
  if (high == low) high = low + 1
  const at = frame({ x: [0.5, depth + 0.5], y: [low, high], xticks: layerTicks(depth), yticks: yTicks(low, high), xlabel: LAYER })
  const body = now.finite ? ink(at, layers, color(now.options.activation)) : note(at, "overflow", "middle")
  put(svg, at, body, `Activations of all neurons at all points: from ${short(low)} to ${short(high)}.`)
}
const yTicks = (low, high) => ticks(low, high, 4).filter(it => String(it).length < 6)

const shares = (svg, now) => {
  const { layers } = now, depth = layers.length
  const at = frame({ x: [0.5, depth + 0.5], y: [0, 100], xticks: layerTicks(depth), yticks: [0, 25, 50, 75, 100], xlabel: LAYER })
  const step = Math.min(at.px(2) - at.px(1), 60), flat = layers.map(it => it.flat), dead = layers.map(it => it.dead)
  const body = now.finite
    ? (Math.max(...flat, ...dead) ? "" : note(at, "no slope is flat, no neuron dead", "middle")) + bars(at, flat, 0.84 * step, 'fill="var(--soft)" fill-opacity=".4"') + bars(at, dead, 0.42 * step, 'fill="var(--c6)"')
    : note(at, "overflow: nothing to count", "middle")
  const mean = of => percent(of.reduce((sum, it) => sum + it, 0) / depth)
  put(svg, at, body, now.finite ? `On average ${mean(flat)} of the slopes are flat and ${mean(dead)} of the neurons dead.` : "Overflow: nothing to count.")
}

const losses = ({ history, loss, steps }) => [...history, ...(history.length <= steps ? [loss] : [])]

const loss = (svg, now, before) => {
  const curve = losses(now), old = before ? losses(before) : [], last = Math.max(100, curve.length - 1)
  const most = Math.max(...curve.filter(Number.isFinite), ...old.slice(0, last + 1).filter(Number.isFinite))
  const high = most > 2 ? 2 : most > 1 ? Math.ceil(most * 2) / 2 : 1
  const at = frame({ x: [0, last], y: [0, high], xticks: ticks(0, last, 5, true), yticks: ticks(0, high, 4), xlabel: "step" })
  const coin = line(at, [0, last], [Math.LN2, Math.LN2], 'stroke="var(--ink)" stroke-width="1" stroke-dasharray="2 3"')
  const draw = (ys, look) => line(at, ys.map((_, i) => i), ys, look)
  let body = coin + (old.length > 1 ? draw(old.slice(0, last + 1), GHOST) : "")
  body += draw(curve, `stroke="${color(now.options.activation)}"`)
  if (curve.length < 2) body += dots(at, [0], [Math.min(curve[0], high)], `fill="${color(now.options.activation)}"`)
  if (most > high) body += note(at, `↑ up to ${short(most)}`)
  put(svg, at, body, `Loss, ${short(now.loss)} at step ${now.steps}.`)
}

/** Name, what its lines are, and how it is drawn. */
export const PANELS = [
  { name: "Error signal, norm of δ", draw: norms("delta"), key: [["now", "measured"], ["theory", "theory"], ["before", "before"]] },
  { name: "Weight gradient, norm of ∂L/∂W", draw: norms("dW"), key: [["plain", "on the same scale"]] },
  { name: "Flat slopes, dead neurons (%)", draw: shares, key: [["flat", "flat"], ["dead", "dead"]] },
  { name: "Activations", draw: activations, key: [["plain", "darker where there are more"]] },
  { name: "Loss", draw: loss, key: [["coin", "a coin, ln 2"]] },
  { name: "The points and their classes", draw: plane, key: [["minus", "class −1"], ["plus", "class 1"], ["plain", "the shade is the answer"]] },
]
