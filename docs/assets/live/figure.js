// The frame of a small live figure: controls, one chart, one sentence, a script.
import { controls } from "./controls.js"
import { button, copy, panel } from "./panel.js"

const names = (table, kind) => table.filter(it => it.kind == kind).map(it => it.name).join(" ")

/**
 * @typedef {object} Shown
 * @property {string} headline what is seen, in one sentence
 * @property {string} [more] a few words in small print
 * @property {(svg: SVGElement) => void} draw
 */
/**
 * Fills an element with a live figure.
 * @param {HTMLElement} element its `data-label` says what it is
 * @param {object} it
 * @param {import("./controls.js").Control[]} it.table
 * @param {object} it.start a value for each control
 * @param {(state: object) => Shown} it.see what a state looks like
 * @param {{name: string, key: string[][]}} it.chart its title, and keys as in panel.js
 * @param {(state: object) => string|Promise<string>} it.script prints the numbers of a state
 * @param {Object<string, (state: object) => object>} [it.actions] buttons; each makes a state
 * @param {(name: string, state: object) => object} [it.moved] a state after a control moved
 * @returns {{stop: () => void, set: (state: object) => void}} set shows another state
 */
export const figure = (element, { table, start, see, chart, script, actions = {}, moved = (name, it) => it }) => {
  const root = document.createElement("div"), find = selector => root.querySelector(selector)
  root.className = "live figure"
  root.innerHTML = `
    <form class="controls" aria-label="${element.dataset.label}">
      <div class="menus" data-for="${names(table, "menu")}"></div>
      <div class="sliders" data-for="${names(table, "slider")}"></div>
    </form>
    ${panel(chart)}
    <div class="seen">
      <p class="headline"></p><p class="more"></p><p class="announced" role="status"></p>
      <div class="transport">${Object.keys(actions).map(it => button(it)).join(" ")} ${button("Start again")} ${button("Copy as NumPy")}</div>
    </div>`
  find("form").addEventListener("submit", event => event.preventDefault())
  let state = start, due, quiet, drawn = 0

  const draw = () => {
    due = undefined
    const { headline, more = "", draw } = see(state)
    find(".headline").textContent = headline
    find(".more").textContent = more
    draw(find("svg"))
    root.classList.toggle("compares", drawn++ > 0)
    clearTimeout(quiet) // announced once nothing moves any more
    quiet = setTimeout(() => (find(".announced").textContent = `${headline} ${more}`), 500)
  }
  const set = next => {
    state = next
    fields.show(state)
    due ??= requestAnimationFrame(draw)
  }
  const fields = controls(table, find("form"), (name, value) => {
    if (state[name] !== value) set(moved(name, { ...state, [name]: value }))
  })
  find(".transport").addEventListener("click", ({ target }) => {
    const name = target.dataset?.do
    if (name == "Copy as NumPy") copy(target, script(state))
    else if (name) set(name == "Start again" ? start : actions[name](state))
  })
  element.replaceChildren(root)
  fields.show(state)
  draw()
  return {
    set,
    stop() {
      cancelAnimationFrame(due)
      clearTimeout(quiet)
    },
  }
}
