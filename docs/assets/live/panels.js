// The charts of the bench: what each shows of a report, and in gray of the one before.
import { bars, color, crosses, dots, frame, ink, layerTicks, line, note, put, ticks } from "./chart.js"
import { percent, short } from "./numbers.js"
import { plane } from "./plane.js"
import { GHOST, KEYS, LAYER, norms } from "./signal.js"

const RANGES = { sigmoid: [0, 1], tanh: [-1, 1] }

const activations = (svg, now) => {
  const { layers } = now, depth = layers.length, lows = layers.map(it => it.low), highs = layers.map(it => it.high)
  let [low, high] = RANGES[now.options.activation] ?? [Math.min(...lows), Math.max(...highs)]
  if (!now.finite || !Number.isFinite(high - low)) [low, high] = [0, 1]
  if (high == low) high = low + 1
  const yticks = ticks(low, high, 4).filter(it => /^[^e]{1,5}$/.test(it)) // what has a place beside the axis
  const at = frame({ x: [0.5, depth + 0.5], y: [low, high], xticks: layerTicks(depth), yticks, xlabel: LAYER })
  let body = now.finite ? ink(at, layers, color(now.options.activation)) : note(at, "overflow", "middle")
  if (!yticks.some(Boolean)) body += note(at, `up to ${short(high)}`, "top left")
  put(svg, at, body, `Activations of all neurons at all points: from ${short(low)} to ${short(high)}.`)
}

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

/** Up to the present step, or to the last before the numbers overflowed. */
const losses = ({ history, loss, steps, finite }) => [...history, ...(finite && history.length <= steps ? [loss] : [])]

const loss = (svg, now, before) => {
  const curve = losses(now), old = before ? losses(before) : [], last = Math.max(100, curve.length - 1)
  const most = Math.max(...curve.filter(Number.isFinite), ...old.slice(0, last + 1).filter(Number.isFinite))
  const high = most > 2 ? 2 : most > 1 ? Math.ceil(most * 2) / 2 : 1
  const at = frame({ x: [0, last], y: [0, high], xticks: ticks(0, last, 5, true), yticks: ticks(0, high, 4), xlabel: "step" })
  const coin = line(at, [0, last], [Math.LN2, Math.LN2], 'stroke="var(--ink)" stroke-width="1" stroke-dasharray="2 3"')
  const draw = (ys, look) => line(at, ys.map((_, i) => i), ys, look)
  let body = coin + (old.length > 1 ? draw(old.slice(0, last + 1), GHOST) : "")
  body += draw(curve, `stroke="${color(now.options.activation)}"`)
  if (curve.length == 1) body += dots(at, [0], [Math.min(curve[0], high)], `fill="${color(now.options.activation)}"`)
  if (most > high) body += note(at, `↑ up to ${short(most)}`)
  if (!now.finite) {
    const end = curve.length - 1
    if (curve.length) body += crosses(at, [end], at.py(Math.min(curve[end], high)))
    body += note(at, "× overflow", "bottom right", 'fill="var(--c6)"')
  }
  put(svg, at, body, now.finite ? `Loss, ${short(now.loss)} at step ${now.steps}.` : "Loss, up to the overflow.")
}

const points = (svg, now) => {
  svg.now = now
  const images = now.options.data == "digits"
  svg.previousElementSibling.querySelector(".plain").textContent = images ? "framed: wrong" : "the shade is the answer"
  if (images) import("./digits.js").then(it => it.draw(svg, now))
  else plane(svg, now)
}

/** Name, what its lines are, and how it is drawn. */
export const PANELS = [
  { ...KEYS, draw: norms("delta") },
  { name: "Weight gradient, norm of ∂L/∂W", draw: norms("dW"), key: [["plain", "on the same scale"]] },
  { name: "Flat slopes, dead neurons (%)", draw: shares, key: [["flat", "flat"], ["dead", "dead"]] },
  { name: "Activations", draw: activations, key: [["plain", "darker where there are more"]] },
  { name: "Loss", draw: loss, key: [["dotted", "a coin, ln 2"]] },
  { name: "The points and their classes", draw: points, key: [["minus", "class −1"], ["plus", "class 1"], ["plain", ""]] },
]
