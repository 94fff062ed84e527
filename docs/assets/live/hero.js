// The home page: activation, weights, depth, and what layer 1 hears.
import { even } from "./controls.js"
import { layers } from "./layers.js"

export const mount = element => layers(element, {
  controls: { activation: {}, scale: {}, depth: { values: even(2, 50, 1) } },
  start: { activation: "sigmoid", depth: 30, points: 16 },
})
