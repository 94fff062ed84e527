// A card's values: choosing one shows that run of the script. Its figure, its output and
// its script are files of the build beside the first run's, fetched when they are chosen.
import { copies } from "./site.js"

/** What a card showed first, the value it shows now, and how many were chosen. */
const states = new WeakMap()

/** The parts of a card that a run fills. */
const parts = card => {
  const [code, output] = card.querySelectorAll(".script code")
  const figure = card.querySelector("figure.plot"), link = card.querySelector(".tools a")
  return { figure, code, output, link }
}

/** A card's state; at the first call nothing has changed yet. */
const state = card => {
  const { figure, code, output, link } = parts(card)
  const first = [figure.firstElementChild, code.cloneNode(true), output.textContent, link.href]
  const fresh = { first, shown: card.querySelector(".try input"), turn: 0 }
  return states.get(card) ?? states.set(card, fresh).get(card)
}

const said = ({ constant, value }) => constant ? `${constant} = ${value}` : "the script as written"
const say = (card, text) => { card.querySelector(".said").textContent = text }

/** The three files of a run; rejected if one of them is not there. */
const load = files => Promise.all(["svg", "txt", "py"].map(async end => {
  const answer = await fetch(`${files}.${end}`)
  return answer.ok ? answer.text() : Promise.reject(answer.status)
}))

/** The figure of a run, named by what is different about it. */
const drawn = (text, name) => {
  const svg = new DOMParser().parseFromString(text, "image/svg+xml").documentElement
  if (svg.localName != "svg") throw new Error("no figure")
  svg.role = "img"
  svg.ariaLabel = `The figure with ${name}; its numbers are in the output.`
  return svg
}

/** Puts a value in its place in highlighted code; nothing else of the code is touched. */
const change = (code, script, constant) => {
  const old = code.textContent, range = new Range(), mark = document.createElement("mark")
  const start = old.search(RegExp(`^${constant} = .*  # try `, "m")) + constant.length + 3
  const end = old.indexOf("  # try ", start)
  const texts = document.createTreeWalker(code, NodeFilter.SHOW_TEXT)
  for (let from = 0, node; (node = texts.nextNode()); from += node.length) {
    const to = from + node.length
    if (from <= start && start < to) range.setStart(node, start - from)
    if (from < end && end <= to) range.setEnd(node, end - from)
  }
  mark.textContent = script.slice(start, script.indexOf("  # try ", start))
  range.deleteContents()
  range.insertNode(mark)
  if (code.textContent != script) code.textContent = script // what is copied has to run
}

/** Shows the run of a value; or, if another is chosen in the meantime, that one. */
const choose = async input => {
  const card = input.closest(".card"), now = state(card), turn = ++now.turn
  const { figure, code, output, link } = parts(card), [svg, lines, text, href] = now.first
  const { constant, files } = input.dataset, name = said(input.dataset)
  input.checked = true
  figure.ariaBusy = input == now.shown ? null : "true"
  if (!figure.ariaBusy) return
  try {
    const run = files && await load(files)
    if (turn != now.turn || !card.isConnected) return
    figure.replaceChildren(run ? drawn(run[0], name) : svg)
    code.replaceChildren(...lines.cloneNode(true).childNodes)
    if (run) change(code, run[2], constant)
    output.textContent = run ? run[1] : text
    link.href = run ? `${files}.py` : href
    now.shown = input
    say(card, `${run ? `Run with ${name}` : "As written"}: figure, output and script are of this run.`)
    const address = run ? `#${input.id}` : location.pathname + location.search
    if (run || named(location.hash).card == card) history.replaceState(history.state, "", address)
  } catch {
    if (turn != now.turn) return
    now.shown.checked = true
    say(card, `The run with ${name} could not be loaded. Shown is still ${said(now.shown.dataset)}.`)
  }
  figure.ariaBusy = null
}

/** The card that an address names and its value, as far as they are on this page. */
const named = hash => {
  const stem = hash.match(/^#(\w+):/)?.[1]
  const card = stem && document.getElementById(stem)?.closest(".card:has(.try)")
  const inputs = [...card?.querySelectorAll(".try input") ?? []]
  return { card, input: inputs.find(it => new URL(`#${it.id}`, location).hash == hash) }
}

/** Shows what the address names. */
const follow = async () => {
  const { card, input } = named(location.hash)
  let fold = card?.querySelector(".try")
  for (; fold; fold = fold.parentElement.closest("details")) fold.open = true
  card?.scrollIntoView() // before its files are there: a click is to do something at once
  if (input) await choose(input)
  else if (card) say(card, `This script has no run ${location.hash}.`)
  card?.scrollIntoView() // the browser has gone to the value itself in the meantime
}

document$.subscribe(() => {
  for (const card of document.querySelectorAll(".card"))
    copies(card.querySelector(".copy"), () => parts(card).code.textContent)
  follow()
})
document.addEventListener("change", event => {
  if (event.target.matches(".try input")) choose(event.target)
})
addEventListener("hashchange", ({ oldURL }) => {
  const { card, input } = named(new URL(oldURL).hash) // the way back leads to the first run
  if (input && !named(location.hash).card) choose(card.querySelector(".try input"))
  follow()
})
// A link to a value of this page is left to the browser: the theme does not know that a
// choice has changed the address, and would take a second click on the link for a way back.
document.addEventListener("click", event => {
  const link = event.target.closest?.("a[href*='#']")
  if (link?.pathname != location.pathname || !named(link.hash).card) return
  event.stopPropagation()
  setTimeout(follow)
}, true)
// The theme opens all folds for printing: paper is to have those the reader has open.
addEventListener("beforeprint", () => {
  for (const fold of document.querySelectorAll(".card details"))
    fold.classList.toggle("shut", !fold.open)
}, true)
