// "Predict before you run": a list of answers becomes buttons. A click says whether the
// answer is right, opens what happens and has the card show the run that it speaks of.

/** The fold that answers a question. */
const answer = box => box.nextElementSibling?.matches("details.success") && box.nextElementSibling

/** The choice of a card on this page to which a fold links, and whether it is one. */
const run = fold => [...fold.querySelectorAll("a[href*='#']")]
  .filter(link => link.pathname == location.pathname)
  .map(link => document.getElementById(decodeURIComponent(link.hash.slice(1))))
  .find(it => it?.matches(".try input"))

/** An answer becomes a button, without what could be clicked or focused inside of it. */
const button = item => {
  const made = document.createElement("button"), mark = document.createElement("span")
  const text = document.createElement("span")
  text.append(...(item.querySelector(":scope > p") ?? item).childNodes)
  for (const it of text.querySelectorAll("label, input")) it.remove()
  for (const it of text.querySelectorAll("abbr, a")) it.replaceWith(...it.childNodes)
  Object.assign(made, { type: "button", className: "answer" })
  mark.className = "mark"
  made.append(text, mark)
  item.replaceChildren(made)
  return made
}

/** Says what a choice was, opens the fold, shows the run: the reader stays in place. */
const judge = (chosen, right, said, fold) => {
  const hit = chosen == right, input = run(fold)
  for (const it of chosen.closest("ul").querySelectorAll(".answer")) {
    it.setAttribute("aria-pressed", it == chosen)
    it.lastChild.textContent = it == right ? " right" : it == chosen ? " wrong" : ""
  }
  fold.open = true
  if (input && !input.checked) {
    input.checked = true
    input.dispatchEvent(new Event("change", { bubbles: true }))
  }
  said.textContent = (hit ? "Right." : "Not this one; the right answer is marked.")
    + (input ? " The card shows this run." : "")
}

document$.subscribe(() => {
  for (const list of document.querySelectorAll(".admonition.example .task-list")) {
    const box = list.closest(".admonition"), fold = answer(box)
    const right = list.querySelector("[checked]")?.closest("li")
    if (!fold || !right) continue
    const buttons = new Map([...list.children].map(item => [item, button(item)]))
    const said = document.createElement("p")
    Object.assign(said, { className: "said", role: "status" })
    box.append(said)
    list.classList.add("answers")
    for (const it of buttons.values())
      it.addEventListener("click", () => judge(it, buttons.get(right), said, fold))
  }
})

// ---- Labs: a result that was to be predicted waits until it is asked for -----------------

/** Shows a result; the keys go on from there. */
const show = result => {
  result.hidden = false
  result.parentElement.querySelector(".reveal").remove()
}

document$.subscribe(() => {
  const results = [...document.querySelectorAll(".celltag_predicted > .jp-Cell-outputWrapper")]
  const reveal = document.querySelector(".reveal button")
  for (const result of results) {
    const made = document.createElement("button"), place = document.createElement("p")
    Object.assign(made, { type: "button", textContent: "Reveal the result" })
    place.className = "reveal"
    place.append(made)
    result.before(place)
    result.setAttribute("hidden", "until-found") // the browser's own search opens it
    result.addEventListener("beforematch", () => show(result))
    made.addEventListener("click", () => {
      show(result)
      result.tabIndex = -1
      result.focus({ preventScroll: true })
    })
  }
  reveal?.addEventListener("click", () => {
    results.filter(it => it.hidden).forEach(show)
    reveal.disabled = true
    reveal.textContent = "All results are shown"
  })
})
