// The points in the plane, and the classes that the network gives to every place.
import { frame, note, put, ticks } from "./chart.js"

const CELLS = [96, 73], SHADES = 3 // whole units wide and tall: no seams
const FILLS = ["var(--c0)", "var(--c1)"]

/** The score at a place of the grid, between four known ones. */
const between = ({ side, scores }, u, v) => {
  const i = Math.min(side - 2, Math.floor(u)), j = Math.min(side - 2, Math.floor(v)), s = u - i, t = v - j
  const row = k => (1 - s) * scores[k * side + i] + s * scores[k * side + i + 1]
  return (1 - t) * row(j) + t * row(j + 1)
}

/** How sure the network is: -3 to 3, 0 only where the score is exactly 0 or unknown. */
const shade = score => {
  const sure = Math.abs(Math.tanh(score / 2))
  return Math.sign(score) * (sure > 0.9 ? SHADES : sure > 0.3 ? 2 : 1) || 0
}

/** Runs of cells of one shade, as one path a shade. */
const regions = (at, grid) => {
  const [across, down] = CELLS, wide = (at.right - at.left) / across, tall = (at.base - at.top) / down
  const paths = new Map()
  for (let j = 0; j < down; j++) {
    for (let i = 0, from = 0, last; i <= across; i++) {
      const here = i < across ? shade(between(grid, ((i + 0.5) / across) * (grid.side - 1), ((j + 0.5) / down) * (grid.side - 1))) : NaN
      if (i && here !== last) {
        const d = `M${at.left + from * wide} ${at.top + j * tall}h${(i - from) * wide}v${tall}h${(from - i) * wide}z`
        paths.set(last, (paths.get(last) ?? "") + d)
        from = i
      }
      last = here
    }
  }
  paths.delete(0)
  return [...paths].map(([level, d]) =>
    `<path d="${d}" fill="${FILLS[+(level > 0)]}" fill-opacity="${0.11 * Math.abs(level)}" shape-rendering="crispEdges"/>`).join("")
}

/** Circles and triangles, so that classes are told apart without color. */
export const marks = (at, X, y) => {
  const d = ["", ""]
  for (let i = 0; i < y.length; i++) {
    const px = at.px(X[2 * i]).toFixed(1), py = at.py(X[2 * i + 1])
    d[+(y[i] > 0)] += y[i] > 0
      ? `M${px} ${(py - 4.5).toFixed(1)}l4.2 7.4h-8.4z`
      : `M${px} ${(py - 3.4).toFixed(1)}a3.4 3.4 0 1 0 .01 0z`
  }
  return d.map((it, k) => `<path d="${it}" fill="${FILLS[k]}" stroke="var(--paper)" stroke-width=".8"/>`).join("")
}

/** Draws the plane of a report, with its decision boundary if it has one. */
export const plane = (svg, now) => {
  const { shift } = now.options, low = now.boundary?.low ?? shift - 2.5, high = now.boundary?.high ?? shift + 2.5
  const round = ticks(low, high, 5)
  const at = frame({ x: [low, high], y: [low, high], xticks: round, yticks: round, height: 176 })
  const right = Math.round(now.accuracy * now.y.length)
  const body = (now.boundary && now.finite ? regions(at, now.boundary) : "") + marks(at, now.X, now.y)
  put(svg, at, body + (now.finite ? "" : note(at, "overflow")), `${right} of ${now.y.length} points are on the right side.`)
}
