// The monitors' report as text, read back, and the rules of their verdict that need no more
// than its tables. The rules are those of monitor_numpy.py, word for word and number for
// number; tests/live/test_report.py holds them to it.
import { percent, short } from "./numbers.js"

const number = cell => cell == "none" ? null : cell == "nan" ? NaN : Number(cell.replace("inf", "Infinity"))

/** The rows below a line that starts with a title and a column; the last column's end ends it. */
const table = (lines, first, column) => {
  const start = lines.findIndex(it => it.trim().startsWith(first) && it.includes(column))
  if (start < 0) return []
  const names = lines[start].trim().split(/\s{2,}/), rows = []
  for (const line of lines.slice(start + 1)) {
    const [name, ...cells] = line.trim().split(/\s{2,}/)
    if (!cells.length || cells.length != names.length - 1) break
    rows.push(Object.fromEntries(names.map((key, i) => [key, i ? number(cells[i - 1]) : name])))
  }
  return rows
}

/**
 * What a monitor printed.
 * @param {string} text
 * @returns {{layers: object[], units: object[]}} a row has a value for each column
 */
export const read = text => {
  const lines = text.replace(/\r/g, "").replace(/\t/g, "  ").split("\n")
  return { layers: table(lines, "layer", "delta"), units: table(lines, "activation", "units") }
}

const EXACT = ["relu", "relu6", "hardtanh", "hardsigmoid", "threshold"] // slopes that are exactly 0
const kind = row => row.activation.split(".").at(-1).split("#")[0]

/** The factor per layer between the first and the last layer that hear something. */
export const factor = layers => {
  const rows = layers.filter(it => it.delta && !it.layer.includes("outside"))
  const [top, bottom] = [rows[0]?.delta, rows.at(-1)?.delta]
  return rows.length > 3 ? { rows, top, bottom, factor: (top / bottom) ** (1 / (rows.length - 1)) } : { rows }
}

/**
 * Every rule that fires, the one that explains most first.
 * @returns {{what: string, numbers: string, page: string}[]}
 */
export const findings = ({ layers, units }) => {
  const found = [], say = (what, numbers, page) => found.push({ what, numbers, page })
  const broken = layers.find(it => !Number.isFinite(it.size ?? 0) || Number.isNaN(it.delta))
  if (broken) {
    say("The loss or its gradient is not a finite number.", `first in ${broken.layer}`, "vanishing-gradients/exploding")
    return found
  }
  const seen = units.filter(it => it.inputs >= 16)
  const flat = seen.find(it => it.dead == 1 && EXACT.includes(kind(it)))
  if (flat) {
    say(`${flat.activation} is flat for every unit on every input.`, `${flat.units} of ${flat.units} units`, "dying-relu/how-neurons-die")
  } else {
    const full = seen.find(it => ["tanh", "sigmoid"].includes(kind(it)) && !it.activation.startsWith("outside") && it.saturated > 0.7)
    if (full) say(`${full.activation} is saturated.`, `${percent(full.saturated)} of its values have below 5% of the slope at 0`, "vanishing-gradients/saturation")
  }
  const { rows, top, bottom, factor: by } = factor(layers)
  const numbers = by && `|δ| ${short(bottom)} in ${rows.at(-1).layer}, ${short(top)} in ${rows[0].layer}: a factor of ${short(by)} per layer`
  const half = rows.length >> 1, loudest = some => Math.max(...some.map(it => it.delta))
  const vanishes = by && top < 2e-3 * bottom && by < 0.85 && loudest(rows.slice(0, half)) < bottom / 10
  if (vanishes) say("The gradient vanishes on its way to the first layer.", numbers, "vanishing-gradients/gradient-decay")
  if (by && top > 1e3 * bottom && by > 1.2 && loudest(rows.slice(-half)) < top / 10) say("The gradient explodes on its way to the first layer.", numbers, "vanishing-gradients/exploding")
  const apart = layers.filter(it => it.distance === it.distance && it.distance !== null)
  if (apart.length > 3 && Math.max(...apart.slice(-2).map(it => it.distance)) < 1e-2 && apart[0].distance > 0.05) {
    say("Inputs become alike on the way up: outputs hardly depend on them.",
      `distance by size ${short(apart[0].distance)} in ${apart[0].layer}, ${short(apart.at(-1).distance)} in ${apart.at(-1).layer}`, "vanishing-gradients/training")
  }
  const own = it => !it.activation.startsWith("outside") && it.activation.split("#")[0].endsWith("relu")
  const dying = seen.find(it => own(it) && it.units > 7 && it.dead > 0.5 && it.dead < 1)
  if (dying) say(`More than half of the units of ${dying.activation} are dead.`, `${percent(dying.dead)} of ${dying.units} are 0 on ${dying.inputs} inputs`, "dying-relu/how-neurons-die")
  const more = it => it["saturated, eval"] - it.saturated > 0.2 // less: zeros of dropout
  const other = units.find(it => more(it) || Math.abs(it.dead - it["dead, eval"]) > 0.2)
  if (other) {
    const share = more(other) ? "saturated" : "dead"
    say("Evaluation mode is another network than the one that trains.", `${other.activation} ${percent(other[share])} and ${percent(other[`${share}, eval`])} ${share}`, "remedies/normalization")
  }
  const moved = layers.filter(it => it.update !== null && it.update === it.update && it.update !== undefined)
  const ratios = moved.filter(it => it.gradient).map(it => it.update), largest = Math.max(...ratios)
  const sizes = layers.map(it => it.size).sort((a, b) => a - b), usual = sizes[sizes.length >> 1]
  const large = Math.max(0, ...moved.filter(it => it.size > usual / 10).map(it => it.update))
  if (ratios.length && layers.some(it => it.gradient)) {
    if (largest < 1e-4 && !vanishes) say("The steps are small.", `one step moves no layer by more than ${short(largest, 1)} of its size`, "practice/diagnose")
    if (large > 0.3) say("The steps are large.", `one step moves a layer by ${short(large, 2)} of its size`, "dying-relu/how-neurons-die")
  }
  return found
}
