// What the bench and the small figures are built of: a button, a chart under its title.

export const button = (name, action = name, more = "") => `<button type="button" data-do="${action}" ${more}>${name}</button>`

const key = ([kind, words, color]) => `<span class="key ${kind}" ${color ? `style="--key: var(${color})"` : ""}>${words}</span>`

/** A chart to be drawn: its title, which says what goes up, and a key for each of its marks. */
export const panel = ({ name, key: keys = [] }) => `<figure class="panel">
  <figcaption>${name}<small>${keys.map(key).join(" ")}</small></figcaption>
  <svg role="img" aria-label="${name}"></svg></figure>`

/** Copies what `text` gives, which may take a moment, and says so on the button. */
export const copy = async (it, text, done = "Copied") => {
  const name = (it.dataset.name ??= it.textContent)
  it.ariaLive = "polite"
  it.textContent = await Promise.resolve(text).then(words => navigator.clipboard.writeText(words)).then(() => done, () => "Not copied")
  setTimeout(() => (it.textContent = name), 2000)
}
