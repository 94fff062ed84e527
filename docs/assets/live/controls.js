// Native controls from a table, and the state in the address. A control is one of a list of
// values, some of which have names: a slider moves along the list, a menu shows it. So
// label, value and address cannot disagree.
import { short, signed } from "./numbers.js"

/**
 * @typedef {object} Control
 * @property {string} name of the option it sets
 * @property {string} label
 * @property {"slider"|"menu"} kind
 * @property {(number|string|boolean)[]} values from first to last
 * @property {Map<any, string>} [names] of values that have one: shown, and in the address
 * @property {any[]} [marks] values to name below the slider
 */

/** Values that grow by the same factor, so many to each doubling or to each decade. */
export const growing = (from, to, { base = 2, steps = 4, digits = 3, also = [] }) => {
  const count = Math.round((steps * Math.log(to / from)) / Math.log(base))
  const even = Array.from({ length: count + 1 }, (_, i) => from * base ** (i / steps))
  const near = it => also.some(other => Math.abs(other / it - 1) < 0.02)
  const kept = even.filter(it => !near(it)).map(it => +it.toPrecision(digits))
  return [...kept, ...also].sort((a, b) => a - b)
}

/** Whole or even steps. */
export const even = (from, to, step) =>
  Array.from({ length: Math.round((to - from) / step) + 1 }, (_, i) => +(from + i * step).toFixed(6))

/** A value as the label has it. */
export const said = ({ names, kind }, value) => {
  const name = names?.get(value)
  if (kind == "menu") return name ?? String(value)
  return name ? `${short(value)} (${name})` : signed(short(value))
}

/** A value as the address has it. */
const written = ({ names, kind }, value) => (kind == "slider" && names?.get(value)) || String(value)

/** What is different from the start, as the part of an address behind #. */
export const toAddress = (table, state, start) => {
  const words = new URLSearchParams()
  for (const control of table) {
    const value = state[control.name]
    if (value !== start[control.name]) words.set(control.name, written(control, value))
  }
  return String(words)
}

/**
 * The state that an address asks for. What it asks in vain, or twice, stays as it was.
 * @returns {{state: object, wrong: string[]}} `wrong`: what the address asked in vain
 */
export const fromAddress = (table, hash, start) => {
  const state = { ...start }, wrong = [], seen = new Set()
  for (const [name, word] of new URLSearchParams(hash.replace(/^#/, ""))) {
    const control = table.find(it => it.name == name)
    const value = control?.values.find(it => [written(control, it), String(it)].includes(word))
    if (value === undefined || seen.has(name)) wrong.push(word ? `${name} = ${word}` : name)
    else state[name] = value
    seen.add(name)
  }
  return { state, wrong }
}

let made = 0 // for ids, which are a page's

const menu = (control, id) => {
  const label = document.createElement("label"), select = document.createElement("select")
  label.className = "control menu"
  label.append(control.label, select)
  select.id = id
  for (const value of control.values) select.add(new Option(said(control, value)))
  return [label, select]
}

const slider = (control, id) => {
  const box = document.createElement("div"), last = control.values.length - 1
  box.className = "control slider"
  const marks = (control.marks ?? []).map(value => {
    const place = control.values.indexOf(value) / last
    return `<span style="--at: ${place.toFixed(4)}">${control.names.get(value)}</span>`
  })
  box.innerHTML = `<label for="${id}">${control.label}</label> <output for="${id}"></output>
    <input type="range" id="${id}" min="0" max="${last}" step="1">
    ${marks.length ? `<span class="marks" aria-hidden="true">${marks.join("")}</span>` : ""}`
  return [box, box.querySelector("input")]
}

/**
 * Puts the controls into an element. `heard(name, value, settled)` is told each change;
 * settled is false while a slider is being dragged.
 * @param {Control[]} table
 * @returns {{show: (state: object) => void}} the only one who writes fields and labels
 */
export const controls = (table, root, heard) => {
  const fields = new Map()
  for (const control of table) {
    const make = control.kind == "menu" ? menu : slider
    const [element, field] = make(control, `live-${control.name}-${++made}`)
    field.name = control.name
    field.autocomplete = "off" // a reload must not bring back an old place
    fields.set(control, field)
    const place = root.querySelector(`[data-for~="${control.name}"]`) ?? root
    place.append(element)
    const tell = settled => {
      const index = control.kind == "menu" ? field.selectedIndex : +field.value
      heard(control.name, control.values[index], settled)
    }
    if (control.kind == "slider") field.addEventListener("input", () => tell(false))
    field.addEventListener("change", () => tell(true))
  }
  const show = state => {
    for (const [control, field] of fields) {
      const value = state[control.name], index = control.values.indexOf(value)
      if (control.kind == "menu") field.selectedIndex = index
      else {
        field.value = index
        field.ariaValueText = said(control, value)
        field.parentElement.querySelector("output").textContent = said(control, value)
      }
    }
  }
  return { show }
}
