// Names and keys where the theme leaves them out: screen readers and keyboards need them.
const complete = () => {
  for (const nav of document.querySelectorAll(".md-code__nav")) nav.role = "presentation"
  for (const control of document.querySelectorAll("a[title], button[title]"))
    control.ariaLabel ??= control.title
  const icon = document.querySelector(".md-header__button[for=__drawer] > svg")
  if (!icon) return
  const button = document.createElement("span") // in the label, which a click reaches
  Object.assign(button, { tabIndex: 0, role: "button", ariaLabel: "Navigation" })
  icon.replaceWith(button)
  button.append(icon)
}
document$.subscribe(complete)
new MutationObserver(complete).observe(document.body, { childList: true, subtree: true })
document.addEventListener("keydown", event => {
  if (!event.target.matches("[for=__drawer] > span") || event.code != "Enter") return
  event.target.click()
})
