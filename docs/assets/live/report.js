// Paste your numbers: the table that a monitor prints, drawn beside healthy and ill curves,
// with the monitor's own verdict. Nothing leaves the page.
import { decades, dots, frame, layerTicks, line, note, put } from "./chart.js"
import { percent } from "./numbers.js"
import { factor, findings, read } from "./verdict.js"

// A sigmoid network with Xavier weights, and the range in which a layer seldom is the cause.
const FADING = 0.24, BAND = 1

// What monitor_pytorch.py prints of eight sigmoid layers of 16 units with Xavier weights.
const EXAMPLE = `layer     delta  factor  gradient    update   size  distance    angle
fc1    7.94e-07   0.227  1.47e-06  8.42e-08  0.422      1.33     89.1
fc2     3.5e-06   0.205  1.15e-05  3.13e-07   0.46     0.228     12.9
fc3    1.71e-05   0.275  5.29e-05  1.35e-06  0.442    0.0638     3.34
fc4     6.2e-05    0.23  0.000191  4.85e-06  0.561    0.0118     0.66
fc5     0.00027   0.218  0.000842  2.07e-05  0.639   0.00238    0.133
fc6     0.00124   0.221   0.00368  9.73e-05  0.587  0.000508   0.0279
fc7     0.00559   0.256    0.0171  0.000437  0.577  0.000109  0.00574
fc8      0.0218   0.343    0.0784   0.00197   0.71  2.35e-05  0.00125
out      0.0637    none      0.21     0.012  0.404  1.63e-05        0`

const plot = title => `<figure class="panel" hidden><figcaption>${title}</figcaption><svg role="img"></svg></figure>`
const log = value => (value > 0 ? Math.log10(value) : NaN)

/** |δ| against the last layer's, with the healthy band and a fading sigmoid network. */
const signal = (svg, layers) => {
  const { rows } = factor(layers), depth = rows.length, xs = rows.map((_, i) => i + 1)
  const own = rows.map(it => log(it.delta / rows.at(-1).delta))
  const fading = xs.map(l => (depth - l) * Math.log10(FADING))
  const [low, high] = decades([...own, ...fading, -BAND, BAND].map(it => 10 ** it))
  const at = frame({ x: [1, Math.max(depth, 2)], y: [low, high], xticks: layerTicks(depth), log: true, xlabel: "layer (1 is next to the input)" })
  const band = `<rect x="${at.left}" width="${at.right - at.left}" y="${at.py(BAND)}" height="${at.py(-BAND) - at.py(BAND)}" fill="var(--c2)" fill-opacity=".15"/>`
  put(svg, at, band +
    line(at, xs, fading, 'stroke="var(--c0)" stroke-dasharray="2 4"') +
    line(at, xs, own, 'stroke="var(--ink)"') + dots(at, xs, own, 'fill="var(--ink)"') +
    note(at, "green: healthy, dotted: sigmoid, Xavier", "bottom right"),
  `Your |δ| relative to the last layer, over ${depth} layers.`)
}

/** Dead and saturated shares, one activation a place. */
const shares = (svg, units) => {
  const xs = units.map((_, i) => i + 1), of = name => units.map(it => 100 * it[name])
  const at = frame({ x: [1, Math.max(units.length, 2)], y: [0, 100], yticks: [0, 50, 100], xticks: layerTicks(units.length), height: 130, xlabel: "activation, in order of use" })
  put(svg, at, line(at, xs, of("saturated"), 'stroke="var(--c1)" stroke-dasharray="6 4"') +
    line(at, xs, of("dead"), 'stroke="var(--c6)"') + dots(at, xs, of("dead"), 'fill="var(--c6)"') +
    note(at, "solid: dead, dashed: saturated"),
  `Dead: ${units.map(it => percent(it.dead)).join(", ")}.`)
}

export const mount = element => {
  const root = document.createElement("div"), find = name => root.querySelector(name)
  const home = new URL("../../", import.meta.url) // of the site
  root.className = "live figure report"
  root.innerHTML = `
    <label class="control">What diagnose() printed
      <textarea rows="6" spellcheck="false" placeholder="layer  delta  factor  …"></textarea></label>
    <div class="transport"><button type="button">Show an example</button></div>
    <div class="seen" role="status" hidden><ul></ul></div>
    ${plot("Error signal |δ|, relative to the last layer")}${plot("Dead and saturated units (%)")}`
  const [first, second] = root.querySelectorAll("figure"), text = find("textarea"), seen = find(".seen")
  const item = ({ what, numbers, page }) => {
    const made = document.createElement("li"), name = document.createElement("strong"), link = document.createElement("a")
    name.textContent = what
    Object.assign(link, { href: new URL(`${page}/`, home).href, textContent: "Why" })
    made.append(name, ` Seen: ${numbers.replace("|", "|\u2060")}. `, link)
    return made
  }
  const show = () => {
    const report = read(text.value), known = factor(report.layers).rows.length > 1
    first.hidden = !known
    second.hidden = !report.units.length
    seen.hidden = !text.value.trim()
    if (seen.hidden) return
    if (!report.layers.length && !report.units.length) {
      find("ul").replaceChildren(Object.assign(document.createElement("li"), { textContent: "No table found: paste from the line that begins with “layer” on." }))
      return
    }
    const all = findings(report)
    const fine = { textContent: "The tables show no fault of the signal. The symptoms above have checks for everything else." }
    find("ul").replaceChildren(...all.length ? all.map(item) : [Object.assign(document.createElement("li"), fine)])
    if (known) signal(first.lastElementChild, report.layers)
    if (report.units.length) shares(second.lastElementChild, report.units)
  }
  text.addEventListener("input", show)
  find("button").addEventListener("click", () => {
    text.value = EXAMPLE
    show()
  })
  element.replaceChildren(root)
  return { stop() {} }
}
