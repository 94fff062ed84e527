// A live figure about a network: a few of the bench's controls, one chart over its layers.
import { figure } from "./figure.js"
import { measure } from "./measure.js"
import { DEFAULTS, Network } from "./network.js"
import { KEYS, norms } from "./signal.js"
import { sentence } from "./sentence.js"
import { TABLE } from "./table.js"
import { theory } from "./theory.js"

/** Controls of the bench by name, with fewer values where that is asked for. */
export const pick = names => Object.entries(names).map(([name, more]) => ({ ...TABLE.find(it => it.name == name), ...more }))

const delta = norms("delta")

/** A network, forward and back once, as the worker of the bench reports it. */
const look = options => {
  const network = new Network(options)
  network.forward()
  network.backward()
  const { loss, X, y } = network
  return { ...measure(network), loss, X, y, steps: 0, options: network.options, theory: theory(options) }
}

/** |δ| over the layers; what was before stays in gray. */
export const layers = (element, { controls, start, more = () => "" }) => {
  let shown, before
  const see = state => {
    before = shown
    shown = look(state)
    const { headline, more: rest } = sentence(shown)
    return { headline, more: more(shown, state) || rest, draw: svg => delta(svg, shown, before) }
  }
  return figure(element, {
    table: pick(controls), start: { ...DEFAULTS, ...start }, see, chart: KEYS,
    script: async state => (await import("./script.js")).script(state),
  })
}
