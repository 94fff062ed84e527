// Names for screen readers, where the theme leaves them out or moves them to a tooltip.
const name = root => {
  for (const nav of root.querySelectorAll(".md-code__nav")) nav.role = "presentation"
  for (const control of root.querySelectorAll("a[title], button[title]"))
    control.ariaLabel ??= control.title
}
document$.subscribe(() => name(document))
new MutationObserver(() => name(document)).observe(document.body, { childList: true, subtree: true })
