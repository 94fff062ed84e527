// Search: Pagefind's own dialog (https://pagefind.app/docs/components/modal/), of which
// nothing is loaded before somebody wants to search.

/** Where Pagefind wrote its index: beside the folder of this file. */
const pagefind = new URL("../pagefind/", import.meta.url)

/** What people type to find a page (`keywords:` of its front matter) counts most, then its
 * title. tests/site/test_search.py holds it to what they are to find first. */
export const ranking = { metaWeights: { keywords: 20, title: 10 } }

/** The dialog with its style, both outside of what the theme swaps between pages. */
const modal = async () => {
  const style = document.createElement("link")
  Object.assign(style, { rel: "stylesheet", href: `${pagefind}pagefind-component-ui.css` })
  const styled = new Promise(done => (style.onload = style.onerror = done))
  document.body.append(style)
  await Promise.all([styled, import(`${pagefind}pagefind-component-ui.js`)])
  PagefindComponents.configureInstance("default", { bundlePath: pagefind.pathname, ranking })
  const made = document.createElement("pagefind-modal")
  made.addEventListener("click", event => event.target.closest("a") && made.close())
  document.body.append(made)
  await new Promise(requestAnimationFrame) // it fills itself
  return made
}

let loading
let typed // while the dialog loads
const search = async () => {
  typed ??= ""
  loading ??= modal()
  await loading.then(made => made.open(), () => (loading = undefined)) // or try again
  const field = document.querySelector("pagefind-modal input")
  if (typed && field) {
    field.value = typed
    field.dispatchEvent(new Event("input", { bubbles: true }))
  }
  typed = undefined
}

document.querySelector(".search").addEventListener("click", search)
addEventListener("keydown", event => {
  const control = event.metaKey || event.ctrlKey
  const typing = event.target.closest?.("input:not([type=radio]), textarea, select, dialog")
  if (typed !== undefined && !control) {
    if (event.key.length == 1) typed += event.key
  } else if (control ? event.key != "k" : typing || event.altKey || !["/", "f"].includes(event.key)) {
    return
  } else search()
  event.preventDefault()
  event.stopPropagation() // the theme turns pages at n and p
}, true)
