// Fifty layers with switches: weights, norm, skip.
import { layers } from "./layers.js"

export const mount = element => layers(element, {
  controls: { scale: { values: [1, Math.SQRT2], marks: undefined, kind: "menu", label: "Weights" }, norm: {}, skip: {}, activation: { values: ["ReLU", "tanh", "sigmoid"] } },
  start: { activation: "ReLU", depth: 50, points: 16 },
})
