// The home page: activation, weights, depth, and what layer 1 hears.
import { layers } from "./layers.js"

export const mount = element => layers(element, {
  controls: { activation: {}, scale: {}, depth: {} },
  start: { activation: "sigmoid", depth: 30, points: 16 },
})
