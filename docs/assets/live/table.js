// The controls of the bench: every option that it can set, and the values of each.
import { ACTIVATIONS } from "./activations.js"
import { even, growing } from "./controls.js"

const CRITICAL = 10.15 // where theory says that sigmoid holds the error signal
const RATES = [0.001, 0.002, 0.003, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2, 3, 5, 10, 20, 30]

/** @type {import("./controls.js").Control[]} */
export const TABLE = [
  { name: "activation", label: "Activation", kind: "menu", values: Object.keys(ACTIVATIONS) },
  {
    name: "norm", label: "Norm", kind: "menu", values: ["none", "batch", "layer"],
    names: new Map([["batch", "batch norm"], ["layer", "layer norm"]]),
  },
  {
    name: "skip", label: "Skip", kind: "menu", values: ["none", "plain", "scaled"],
    names: new Map([["scaled", "branch/√L"]]),
  },
  {
    name: "scale", label: "Weight scale σ<sub>w</sub>", kind: "slider",
    values: growing(0.25, 16, { also: [Math.SQRT2, CRITICAL] }),
    names: new Map([[1, "Xavier"], [Math.SQRT2, "He"], [CRITICAL, "holds sigmoid"]]), marks: [1, Math.SQRT2],
  },
  { name: "depth", label: "Layers", kind: "slider", values: even(1, 50, 1) },
  { name: "rate", label: "Learning rate", kind: "slider", values: RATES },
  { name: "optimizer", label: "Optimizer", kind: "menu", values: ["SGD", "momentum", "Adam"] },
  {
    name: "orthogonal", label: "Weights", kind: "menu", values: [false, true],
    names: new Map([[false, "Gaussian"], [true, "orthogonal"]]),
  },
  { name: "data", label: "Data", kind: "menu", values: ["moons", "rings", "spiral", "digits"], names: new Map([["digits", "digits, 3 or 8"]]) },
  { name: "precision", label: "Numbers", kind: "menu", values: ["float64", "float32"] },
  { name: "width", label: "Neurons a layer", kind: "slider", values: even(4, 64, 4) },
  { name: "bias", label: "Bias", kind: "slider", values: even(-3, 3, 0.25) },
  { name: "shift", label: "Shift of the inputs", kind: "slider", values: even(-5, 5, 0.5) },
  { name: "noise", label: "Noise of the points", kind: "slider", values: even(0, 0.5, 0.05) },
  { name: "points", label: "Points", kind: "menu", values: [32, 64] },
  { name: "seed", label: "Seed", kind: "slider", values: even(0, 20, 1) },
]
export const FIRST = ["activation", "norm", "skip", "optimizer", "scale", "depth", "rate"] // the rest is folded
export const WHILE_TRAINING = ["rate", "optimizer", "activation"] // the weights stay
