// Neurons as lines in the plane: a step that is too large throws them out of the points.
import { frame, put } from "./chart.js"
import { figure } from "./figure.js"
import { measure } from "./measure.js"
import { DEFAULTS, Network } from "./network.js"
import { percent, short } from "./numbers.js"
import { pick } from "./layers.js"
import { marks } from "./plane.js"
import { train } from "./training.js"

const START = { ...DEFAULTS, data: "rings", activation: "ReLU", scale: Math.SQRT2, depth: 1, width: 32, rate: 1, steps: 0 }
const SIDE = 4 // half of the square that is shown
const TICKS = [-4, -2, 0, 2, 4]

/** The network after its steps; nearly always one step from the one before. */
const follower = () => {
  let network, known
  return state => {
    const { steps, ...options } = state, key = JSON.stringify({ ...options, rate: 0 })
    if (known != key || network.steps > steps) network = new Network(options)
    known = key
    network.options.rate = options.rate
    while (network.steps < steps && !Number.isNaN(train(network))); // or until it overflows
    network.forward()
    network.backward()
    return network
  }
}

/** Where a neuron's z is 0: a line through the square, or what is seen of it. */
const edge = (at, [w, u], b, look) => {
  const steep = Math.abs(u) < Math.abs(w), ends = [-SIDE, SIDE].map(x => (steep ? (-b - u * x) / w : (-b - w * x) / u))
  if (!ends.every(Number.isFinite)) return ""
  const [[x0, x1], [y0, y1]] = steep ? [ends, [-SIDE, SIDE]] : [[-SIDE, SIDE], ends]
  return `<path d="M${at.px(x0).toFixed(1)} ${at.py(y0).toFixed(1)}L${at.px(x1).toFixed(1)} ${at.py(y1).toFixed(1)}" ${look}/>`
}

const silent = (network, j) => {
  const { width, points } = network.options
  for (let i = 0; i < points; i++) if (!(network.z[0][i * width + j] <= 0)) return false
  return true
}

export const mount = element => {
  const grow = follower()
  const see = state => {
    const network = grow(state), { accuracy, finite, layers: [{ dead }] } = measure(network)
    const { width } = network.options, count = Math.round(dead * width)
    return {
      headline: finite
        ? `Step ${state.steps}: ${count} of ${width} neurons are dead, and ${percent(accuracy)} of the points are right.`
        : `Step ${state.steps}: the numbers overflowed. That is no death: take a smaller rate.`,
      more: count ? "Red lines belong to dead neurons: all points lie on their silent side, so no gradient reaches them." : "Each line is where one neuron switches on. All of them still cut the cloud of points, or have it on their active side.",
      draw(svg) {
        const at = frame({ x: [-SIDE, SIDE], y: [-SIDE, SIDE], xticks: TICKS, yticks: TICKS, height: 320 })
        let lines = `<clipPath id="square"><rect x="${at.left}" y="${at.top}" width="${at.right - at.left}" height="${at.base - at.top}"/></clipPath><g clip-path="url(#square)">`
        for (let j = 0; j < width; j++) {
          const gone = silent(network, j), look = gone ? 'stroke="var(--c6)" stroke-width="1.6" stroke-dasharray="5 3"' : 'stroke="var(--c2)" stroke-width="1.2" stroke-opacity=".75"'
          lines += edge(at, network.W[0].subarray(2 * j, 2 * j + 2), network.b[0][j], look)
        }
        put(svg, at, `${lines}</g>${marks(at, network.X, network.y)}`, `${count} of ${width} neurons are dead.`)
      },
    }
  }
  const more = count => state => ({ ...state, steps: Math.min(state.steps + count, 2000) })
  return figure(element, {
    table: pick({ rate: { label: "Learning rate (a change starts again)" } }), start: START, see,
    chart: {
      name: "The plane of the inputs",
      key: [["line", "a neuron switches on", "--c2"], ["dashed", "a dead one", "--c6"], ["minus", "class −1"], ["plus", "class 1"]],
    },
    script: async ({ steps, ...options }) => (await import("./script.js")).script(options, steps),
    actions: { "One step": more(1), "100 steps": more(100) },
    moved: (name, state) => ({ ...state, steps: 0 }),
  })
}
