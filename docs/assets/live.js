// Live figures: where a page has an element [data-live="bench"], its room in live/ is
// loaded and mounted there once it is nearly in view. Before that, and on other pages,
// nothing is loaded but this.
/*! docs/assets/live.js */ // what readers load is minified: that is where to read it

const NEAR = "250px" // from the edge of the screen
let mounted = [] // on the page that is shown

const styled = new URL("live.css", import.meta.url)

/** The style of all live figures. */
const style = () => new Promise(done => {
  if (document.querySelector(`link[href="${styled}"]`)) return done()
  const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: styled })
  link.onload = link.onerror = done
  document.body.append(link) // outside of what the theme swaps
})

/** Where the address leads, if it is below an element and still looked at: there it stays, though the element grows. */
const below = element => {
  const found = document.getElementById(location.hash.slice(1)), target = found?.closest(".card") ?? found
  const { top, bottom } = target?.getBoundingClientRect() ?? {}
  const follows = target && element.compareDocumentPosition(target) & Node.DOCUMENT_POSITION_FOLLOWING
  return follows && bottom > 0 && top < innerHeight ? target : undefined
}

const start = async (element, turn) => {
  try {
    const [room] = await Promise.all([import(`./live/${element.dataset.live}.js`), style()])
    if (turn != mounted) return
    const target = below(element)
    turn.push(room.mount(element))
    target?.scrollIntoView()
  } catch (error) {
    element.classList.add("failed") // what is there for readers without JavaScript
    console.error(error)
  }
}

document$.subscribe(() => {
  for (const figure of mounted) figure.stop() // the page was left
  const turn = (mounted = [])
  const near = new IntersectionObserver(seen => {
    for (const { target, isIntersecting } of seen) {
      if (!isIntersecting) continue
      near.unobserve(target)
      start(target, turn)
    }
  }, { rootMargin: NEAR })
  turn.push({ stop: () => near.disconnect() })
  for (const element of document.querySelectorAll("[data-live]")) near.observe(element)
})
