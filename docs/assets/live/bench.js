// The lab bench: presets, a sentence, controls and charts around a network in a worker.
import { connect } from "./client.js"
import { controls, fromAddress, toAddress } from "./controls.js"
import { DEFAULTS } from "./network.js"
import { calm, nextStop, numbers, show, skeleton } from "./bench-page.js"
import { copy } from "./panel.js"
import { PRESETS } from "./presets.js"
import { TABLE, WHILE_TRAINING } from "./table.js"

const { sqrt } = Math // minified, Math.sqrt(x) would be x ** 0.5

const FRAME = 40, MAP = 400, TOLD = 1000 // ms between two pictures, maps of the plane, addresses

/** Fills the element; stop() leaves nothing behind. */
export const mount = element => {
  const page = skeleton(element), gone = new AbortController()
  let state, shown, before, boundary, waiting, goal, asked, timer, quiet, drawn, mapped = 0, told = 0, most = 0, wrong = [], touched = false, dragging = false
  const home = location.pathname, away = () => location.pathname != home // the way back, before the page follows
  const anchored = () => document.getElementById(location.hash.slice(1))

  // ---- The network ----
  const client = connect(report => {
    if (report.error) return page.say(`The bench stopped: ${report.error}. Reload the page to start again.`)
    if (report.boundary) boundary = report.boundary
    const dead = report.layers.reduce((sum, it) => sum + it.dead * report.options.width, 0)
    if (report.options.activation != shown?.options.activation) most = 0 // with another slope others are dead
    most = Math.max(most, report.finite ? dead : 0)
    shown = { ...report, woken: Math.round(most - dead) }
    waiting = false
    if (goal && goal != asked && performance.now() - told > TOLD) address()
    page.root.dataset.steps = report.steps
    if (!report.running) onwards()
    const hurry = goal && calm.matches && report.steps // no picture before the end
    if (!hurry) drawn ||= requestAnimationFrame(() => {
      drawn = 0
      show(page, { ...shown, boundary }, before, Boolean(goal))
    })
  })

  /** A new network from the state; the old curves stay in gray until it is trained. */
  const build = settled => {
    goal = asked = boundary = undefined
    waiting = true
    dragging = !settled
    most = 0
    const draft = !settled && client.slow() && state.width * state.depth > 640
    page.warn(wrong)
    wrong = []
    client.build(draft ? { ...state, points: 32 } : state)
    settle(settled)
  }

  /** Labels and address at once; announcement and boundary when nothing moves any more. */
  const settle = settled => {
    page.controls.show(state)
    page.mark(preset(), state)
    clearTimeout(quiet)
    quiet = setTimeout(function still() {
      if (goal) return
      if (waiting || shown.running || client.busy()) return (quiet = setTimeout(still, FRAME))
      if (dragging) return build(true) // held, or brought back to where it was, of which no change is told
      address()
      client.boundary(side())
      page.announce(shown)
    }, settled ? 250 : 700)
  }

  /** Of the grid for the decision boundary: what the worker computes in a few frames. */
  const side = () => Math.round(Math.min(48, sqrt(5e7 / state.depth) / state.width))

  /** The address of what is shown: settings at the start, and steps if nothing was changed since. */
  const here = () => {
    const { start, steps, changes } = waiting ? { start: state, changes: [] } : shown
    const words = new URLSearchParams(toAddress(TABLE, start, DEFAULTS))
    if (steps && !changes.length) words.set("steps", steps)
    return location.pathname + location.search + (String(words) && `#${words}`)
  }
  const address = () => {
    if (away() || !touched && anchored()) return // a link into the page, or to a value of its figures
    told = performance.now()
    history.replaceState(history.state, "", here())
  }

  // ---- Training: few steps a picture at first, when most happens, then more ----
  const train = () => {
    if (!waiting && !shown.steps) before = shown
    goal = nextStop(waiting ? 0 : shown.steps)
    page.train(true)
    if (!waiting) onwards() // else once the network is there
  }
  const onwards = () => {
    if (goal && (shown.steps >= goal || !shown.finite)) {
      goal = undefined
      settle(true)
    }
    if (!goal || timer) return
    timer = setTimeout(() => {
      timer = undefined
      if (!goal) return
      if (!calm.matches && performance.now() - mapped > MAP) {
        mapped = performance.now()
        return client.boundary(Math.ceil(side() / 2))
      }
      const few = shown.steps + 1 + Math.floor(shown.steps / 12) // what was reported by now
      client.run(calm.matches ? goal : Math.min(goal, few))
    }, calm.matches ? 0 : FRAME)
  }
  const pause = () => {
    if (!goal) return
    goal = undefined
    client.pause()
    settle(true)
  }

  // ---- What the reader does ----
  const preset = () => PRESETS.findIndex(([, options]) => {
    const all = { ...DEFAULTS, ...options }
    return TABLE.every(({ name }) => state[name] === all[name])
  })
  const heard = (name, value, settled) => {
    const same = state[name] === value
    touched = true
    state = { ...state, [name]: value }
    if (!waiting && shown.steps && WHILE_TRAINING.includes(name)) {
      if (!same) client.change({ [name]: value })
      return settle(settled)
    }
    if (!same || settled) {
      if (!dragging) before = shown
      build(settled)
    }
  }
  page.controls = controls(TABLE, page.fields, heard)

  /** The script of a report; without one, nothing is copied. */
  const written = async ({ start, steps, changes }) => {
    const { script } = await import("./script.js")
    const { PACKED } = start.data == "digits" ? await import("./digits.js") : {}
    return script(start, steps, changes, PACKED)
  }

  const DO = {
    preset({ index }) {
      before = shown
      if (!anchored()) address() // where the way back leads
      state = { ...DEFAULTS, ...PRESETS[index][1] }
      build(true)
      if (here() != location.pathname + location.search + location.hash) {
        history.pushState({ x: scrollX, y: scrollY }, "", here())
      }
      page.look() // on a phone it is below the presets
    },
    train: () => goal ? pause() : train(),
    step() {
      if (!waiting && !shown.steps) before = shown
      pause()
      client.step()
      settle(true)
    },
    restart() {
      before = shown
      build(true) // the same seed, with the settings as they are now
    },
    copy: (_, button) => copy(button, written(!waiting && shown)),
    link(_, button) {
      address()
      copy(button, location.href, !waiting && shown.changes.length ? "Copied, without your changes" : "Copied")
    },
    answer: () => page.answer(preset()),
  }
  page.root.addEventListener("click", ({ target }) => {
    const button = target.closest("button[data-do]")
    if (!button) return
    touched ||= button.dataset.do != "answer"
    if (dragging) build(true)
    DO[button.dataset.do](button.dataset, button)
  })
  page.numbers.addEventListener("toggle", () => shown && numbers(page, shown))

  /** The settings and the steps that the address asks for. */
  const follow = () => {
    if (away() || state && anchored()) return // a link within the page
    const words = new URLSearchParams(anchored() ? "" : location.hash.slice(1)), steps = words.get("steps")
    const possible = /^[1-9]\d{0,4}$/.test(steps)
    if (possible) words.delete("steps") // else it is no setting, and said to be none
    ;({ state, wrong } = fromAddress(TABLE, String(words), DEFAULTS))
    before = undefined
    build(true)
    if (possible) goal = asked = +steps
  }
  addEventListener("hashchange", follow, { signal: gone.signal })
  document.addEventListener("visibilitychange", () => document.hidden && pause(), { signal: gone.signal })
  follow()

  return {
    stop() {
      gone.abort()
      client.stop()
      cancelAnimationFrame(drawn)
      clearTimeout(timer)
      clearTimeout(quiet)
    },
  }
}
