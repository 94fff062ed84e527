// What the theme leaves out: the menu by keys, and copying code byte for byte.

document.querySelector("[for=__drawer] > span").addEventListener("keydown", event => {
  if (event.key != "Enter" && event.key != " ") return
  event.preventDefault()
  event.target.click() // which the label around it passes on
})

/** Copies what `text` gives when the button is pressed, and says so on the button. */
export const copies = (button, text) => {
  const name = button.textContent
  button.hidden = !navigator.clipboard // there is none on an insecure address
  button.ariaLive = "polite"
  button.addEventListener("click", async () => {
    const written = navigator.clipboard.writeText(text())
    button.textContent = await written.then(() => "Copied", () => "Not copied")
    setTimeout(() => (button.textContent = name), 2000)
  })
}

// A button on every block of code but an output: cards have their own.
document$.subscribe(() => {
  for (const block of document.querySelectorAll(".highlight:has(code):not(.card *)")) {
    if (block.querySelector(".filename")?.textContent == "Output") continue
    const button = document.createElement("button")
    Object.assign(button, { type: "button", className: "copy", textContent: "Copy" })
    block.prepend(button)
    copies(button, () => block.querySelector("code").textContent)
  }
})

// Code and outputs of the labs, and wide tables and formulas in folds, scroll sideways: keys
// have to reach them. The theme wraps tables when the page is there, so this comes after it.
document$.subscribe(() => setTimeout(() => {
  const scrolls = ".jupyter-wrapper :is(.highlight-ipynb, pre, .jp-OutputArea-output)"
  for (const it of document.querySelectorAll(`${scrolls}, details :is(.md-typeset__scrollwrap, div.formula)`)) it.tabIndex = 0
}))
