// What the bench is made of on the page: its elements, and how a report gets into them.
import { PANELS } from "./panels.js"
import { button, panel } from "./panel.js"
import { PRESETS } from "./presets.js"
import { said } from "./controls.js"
import { facts, sentence } from "./sentence.js"
import { FIRST, TABLE } from "./table.js"

export const calm = matchMedia("(prefers-reduced-motion: reduce)")
const rest = TABLE.map(it => it.name).filter(it => !FIRST.includes(it))
/** Places for menus, then for sliders. */
const places = names => ["menu", "slider"].map(kind =>
  `<div class="${kind}s" data-for="${TABLE.filter(it => it.kind == kind && names.includes(it.name)).map(it => it.name).join(" ")}"></div>`).join("")

const table = pairs => pairs.map(([name, value]) => `<div><dt>${name}</dt><dd>${value}</dd></div>`).join("")
const STOPS = [100, 300, 1000, 3000] // where training pauses by itself

/** The next of them. */
export const nextStop = steps => STOPS.find(it => it > steps) ?? steps + 1000

const HTML = `
  <div class="presets" role="group" aria-label="Presets">${PRESETS.map(([name], i) => button(name, "preset", `data-index="${i}" aria-pressed="false"`)).join("")}</div>
  <p class="warning" role="alert" hidden></p>
  <div class="stage">
    <div class="seen">
      <p class="ask"><b>Guess first:</b> <span></span> ${button("What happens, and why", "answer", 'aria-expanded="false"')}</p>
      <div class="answer" hidden></div>
      <p class="headline"></p>
      <p class="setting"></p>
      <p class="announced" role="status"></p>
      <div class="transport" role="group" aria-label="Train, and take along">
        ${button("Train to step 100", "train", 'class="main"')} ${button("One step", "step")} ${button("Restart", "restart")}
        <span class="take">${button("Copy as NumPy", "copy")} ${button("Copy link", "link")}</span>
      </div>
      <dl class="facts">${table(["Step", "Loss", "Right", "Dead"].map(name => [name, "–"]))}</dl>
      <p class="more"></p>
    </div>
    ${panel(PANELS[0])}
    <form class="controls" aria-label="Settings">
      ${places(FIRST)}
      <details><summary>More settings</summary>${places(rest)}</details>
    </form>
    ${PANELS.slice(1).map(panel).join("")}
  </div>
  <details data-part="numbers"><summary>The numbers, layer by layer</summary><div class="md-typeset__scrollwrap" tabindex="0"></div></details>`

/** Puts the empty bench into an element; its parts. */
export const skeleton = element => {
  const root = document.createElement("div"), find = selector => root.querySelector(selector)
  root.className = "live bench"
  root.innerHTML = HTML
  element.replaceChildren(root)
  find("form").addEventListener("submit", event => event.preventDefault())
  find(".take").hidden = !navigator.clipboard // there is none on an insecure address
  const folds = () => document.querySelectorAll("details.preset")
  let answered // whose answer is open
  const page = { root, fields: find(".controls"), numbers: find("[data-part=numbers]"), charts: root.querySelectorAll("svg") }
  page.say = words => (find(".headline").textContent = words)
  page.announce = report => (find(".announced").textContent = Object.values(sentence(report)).join(" "))
  page.warn = wrong => {
    find(".warning").hidden = !wrong.length
    find(".warning").textContent = wrong.length ? `The address asks for ${wrong.join(", ")}. The bench cannot follow that, and leaves it out.` : ""
  }
  page.mark = (index, state) => {
    find(".setting").innerHTML = TABLE.map(it => `${it.label}: ${said(it, state[it.name])}`).join("; ") // on paper
    root.querySelectorAll(".presets button").forEach((it, i) => (it.ariaPressed = String(i == index)))
    const fold = folds()[index], words = fold?.firstElementChild.textContent
    find(".ask span").textContent = words?.replace(/^.*?: /, "") ?? "Your own setting. Change one thing at a time; gray is what was before."
    find(".ask button").hidden = find(".ask b").hidden = !fold
    if (answered != index) page.answer()
  }
  /** Brings what is seen into view. */
  page.look = () => {
    const { top, bottom } = find(".seen").getBoundingClientRect()
    if (top < 50 || bottom > innerHeight) find(".seen").scrollIntoView({ behavior: calm.matches ? "auto" : "smooth" })
  }
  /** The page's own answer, here and now; pressed again, or without a preset, it goes. */
  page.answer = index => {
    const open = index >= 0 && answered != index, parts = open ? [...folds()[index].children].slice(1) : []
    find(".answer").replaceChildren(...parts.map(it => it.cloneNode(true)))
    find(".answer").hidden = !open
    find(".ask button").ariaExpanded = String(open)
    answered = open ? index : undefined
  }
  page.train = (running, steps) => {
    find("[data-do=train]").textContent = running ? "Pause" : `Train to step ${nextStop(steps)}`
  }
  return page
}

/** Shows a report: sentence, facts, charts. `before` is drawn in gray. */
export const show = (page, report, before, training) => {
  const { headline, more } = sentence(report), find = selector => page.root.querySelector(selector)
  find(".headline").textContent = headline
  find(".more").textContent = more
  find(".ask b").textContent = report.steps ? "The question:" : "Guess first:"
  find(".facts").innerHTML = table(facts(report))
  for (const name of ["train", "step"]) find(`[data-do=${name}]`).disabled = !report.finite // nothing goes on from there
  page.train(training, report.steps)
  page.root.classList.toggle("compares", Boolean(before))
  page.root.classList.toggle("trained", report.steps > 0) // there is no theory of that
  page.root.classList.toggle("single", report.options.depth == 1) // no layers to compare
  PANELS.forEach(({ draw }, i) => draw(page.charts[i], report, before))
  if (page.numbers.open) numbers(page, report)
}

/** The table of numbers, once somebody opens it. */
export const numbers = async (page, report) => {
  const { listing } = await import("./listing.js")
  page.numbers.querySelector("div").innerHTML = listing(report)
}
