// Charts as SVG, by hand: siblings of the figures that matplotlib draws. Same size of type,
// grid, spines and colours, which come from the page's scheme.
import { power, signed } from "./numbers.js"

const { sqrt } = Math // minified, Math.sqrt(x) would be x ** 0.5

const LEFT = 40, RIGHT = 12, TOP = 8
export const WIDTH = 340 // units, of which a phone shows about one a pixel

/** The color of an activation, as in the snippets. */
const COLORS = ["sigmoid", "tanh", "ReLU", "leaky ReLU", "ELU", "GELU", "SiLU"]
export const color = activation => `var(--c${COLORS.indexOf(activation) < 0 ? 9 : COLORS.indexOf(activation)})`

const to = value => value.toFixed(1).replace(".0", "")
const text = (x, y, words, more = "") => `<text x="${to(x)}" y="${to(y)}" ${more}>${words}</text>`

/** Round numbers from low to high: at most so many steps, whole ones if asked. */
export const ticks = (low, high, most, whole = false) => {
  const raw = (high - low) / most, unit = 10 ** Math.floor(Math.log10(raw))
  let step = [1, 2, 5, 10].map(it => it * unit).find(it => it >= raw * 0.999)
  if (whole) step = Math.max(1, Math.round(step))
  const first = Math.ceil(low / step - 1e-9), last = Math.floor(high / step + 1e-9)
  return Array.from({ length: last - first + 1 }, (_, i) => +((first + i) * step).toPrecision(12))
}

/** Layers to name on an axis: the first, and round ones up to the last. */
export const layerTicks = depth =>
  depth < 8
    ? Array.from({ length: depth }, (_, i) => i + 1)
    : [1, ...ticks(1, depth, 5, true).filter(it => it > 2)]

/** Decades that hold all positive values, at least two. */
export const decades = values => {
  const logs = values.filter(it => it > 0 && it < Infinity).map(Math.log10)
  if (!logs.length) return [-1, 1]
  const low = Math.floor(Math.min(...logs) - 0.05), high = Math.ceil(Math.max(...logs) + 0.05)
  return high - low < 2 ? [low - 1, high] : [low, high]
}

/**
 * The frame of a chart: grid, spines, ticks, and where a point lies.
 * @param {{x: number[], y: number[], xticks: number[], yticks?: number[], log?: boolean,
 *   height?: number, xlabel?: string}} _ ranges; on a log axis y is an exponent of ten
 */
export const frame = ({ x: [x0, x1], y: [y0, y1], xticks, yticks, log, height = 176, xlabel = "" }) => {
  const right = WIDTH - RIGHT, base = height - (xlabel ? 38 : 22)
  const px = value => LEFT + ((value - x0) / (x1 - x0 || 1)) * (right - LEFT)
  const py = value => base - ((value - y0) / (y1 - y0 || 1)) * (base - TOP)
  const rows = yticks ?? ticks(y0, y1, 4, log)
  const grid = xticks.map(it => `M${to(px(it))} ${TOP}V${base}`).join("") +
    rows.map(it => `M${LEFT} ${to(py(it))}H${right}`).join("")
  const names = xticks.map(it => text(px(it), base + 16, signed(it), 'text-anchor="middle"')).join("") +
    rows.map(it => text(LEFT - 6, py(it) + 4, log ? power(it) : signed(it), 'text-anchor="end"')).join("") +
    (xlabel && text((LEFT + right) / 2, height - 4, xlabel, 'text-anchor="middle"'))
  const markup = `<path d="${grid}" stroke="var(--line)" stroke-width=".6"/>` +
    `<path d="M${LEFT} ${TOP}V${base}H${right}" stroke="var(--soft)" stroke-width=".8" fill="none"/>${names}`
  return { px, py, left: LEFT, right, top: TOP, base, height, markup, low: y0, high: y1 }
}

/** A line through the finite points; ys on a log axis are exponents. */
export const line = (at, xs, ys, look) => {
  let d = "", down = false
  xs.forEach((x, i) => {
    const known = Number.isFinite(ys[i])
    if (known) d += `${down ? "L" : "M"}${to(at.px(x))} ${to(at.py(Math.min(Math.max(ys[i], at.low), at.high)))}`
    down = known
  })
  return `<path d="${d}" fill="none" stroke-linejoin="round" stroke-width="2" ${look}/>`
}

/** Small circles, one a point: so few layers that a line alone would hide them. */
export const dots = (at, xs, ys, look) =>
  xs.map((x, i) => Number.isFinite(ys[i]) ? `<circle cx="${to(at.px(x))}" cy="${to(at.py(ys[i]))}" r="3" ${look}/>` : "").join("")

/** Crosses; on the base line, if nothing is said: a log axis has no place for exactly 0. */
export const crosses = (at, xs, y = at.base) => {
  const d = xs.map(x => `M${to(at.px(x) - 3)} ${to(y - 3)}l6 6m0-6l-6 6`).join("")
  return d && `<path d="${d}" stroke="var(--c6)" stroke-width="1.6"/>`
}

/** Words inside a chart, in a corner or the middle. */
export const note = (at, words, corner = "top right", look = 'fill="var(--soft)"') => {
  const y = corner.startsWith("top") ? at.top + 12 : corner == "middle" ? (at.top + at.base) / 2 : at.base - 8
  const x = corner == "middle" ? (at.left + at.right) / 2 : corner.endsWith("left") ? at.left + 6 : at.right
  const anchor = corner == "middle" ? "middle" : corner.endsWith("left") ? "start" : "end"
  return text(x, y, words, `text-anchor="${anchor}" ${look}`)
}

/** Bars from the base, of so many units, one a layer. */
export const bars = (at, shares, width, look) => {
  const d = shares.map((share, l) => share > 0
    ? `M${to(at.px(l + 1) - width / 2)} ${at.base}V${to(at.py(100 * share))}h${to(width)}V${at.base}z` : "").join("")
  return d && `<path d="${d}" ${look}/>`
}

/**
 * Histograms as columns of ink: the darker, the more values lie there. One path a shade.
 * @param {{histogram: Uint32Array, low: number, high: number}[]} columns one a layer
 */
export const ink = (at, columns, fill) => {
  const SHADES = 5, d = Array(SHADES + 1).fill(""), half = Math.min(30, 0.46 * (at.px(2) - at.px(1)))
  columns.forEach(({ histogram, low, high }, l) => {
    const most = Math.max(...histogram), size = (high - low) / histogram.length
    histogram.forEach((count, i) => {
      const shade = Math.ceil(SHADES * sqrt(count / most))
      if (!shade) return
      const y = at.py(low + (i + 1) * size), tall = Math.max(2, at.py(low + i * size) - y)
      d[shade] += `M${to(at.px(l + 1) - half)} ${to(y)}h${to(2 * half)}v${to(tall)}h${to(-2 * half)}z`
    })
  })
  return d.map((it, shade) => it && `<path d="${it}" fill="${fill}" fill-opacity="${shade / SHADES}"/>`).join("")
}

/** Draws into an SVG, and says in words what it shows; `own` is the color of the line that the key names. */
export const put = (svg, at, body, label, own = "") => {
  svg.parentElement.style.setProperty("--own", own)
  svg.setAttribute("viewBox", `0 0 ${WIDTH} ${at.height}`)
  svg.innerHTML = at.markup + body
  svg.ariaLabel = label
}
