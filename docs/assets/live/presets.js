// The presets of the bench: those of snippets/presets.py and snippets/presets_trained.py,
// which compute the same numbers. `at` is the heading of the page that asks and answers.
const HE = Math.SQRT2
const RELU = { activation: "ReLU", scale: HE }

/** @type {{name: string, at: string, ask: string, options: object}[]} */
export const PRESETS = [
  {
    name: "Sigmoid, 20 layers", at: "sigmoid-20-layers", options: {},
    ask: "How much of the error signal in layer 20 reaches layer 1? Then train: does the loss fall?",
  },
  {
    name: "ReLU, small weights", at: "relu-small-weights",
    options: { activation: "ReLU", rate: 0.2 },
    ask: "The error signal fades a thousandfold. Does the weight gradient? And does it train?",
  },
  {
    name: "ReLU, He weights", at: "relu-he-weights", options: RELU,
    ask: "The error signal keeps its size. Which neurons are dead before the first step?",
  },
  {
    name: "Small slopes explode", at: "small-slopes-explode", options: { scale: 16 },
    ask: "Most of the slopes are near 0. Which way does the error signal go?",
  },
  {
    name: "Batch norm explodes", at: "batch-norm-explodes",
    options: { ...RELU, norm: "batch", rate: 0.03 },
    ask: "Batch norm keeps all activations in order. The error signal too? Then train.",
  },
  {
    name: "Layer norm, sigmoid", at: "layer-norm-sigmoid", options: { norm: "layer" },
    ask: "Does a norm bring the error signal of the sigmoid back?",
  },
  {
    name: "50 layers, plain skip", at: "50-layers-plain-skip",
    options: { ...RELU, depth: 50, skip: "plain", rate: 0.03 },
    ask: "A way around every layer: nothing can vanish. What else can happen? Take one step.",
  },
  {
    name: "50 layers, scaled skip", at: "50-layers-scaled-skip",
    options: { ...RELU, depth: 50, skip: "scaled", rate: 0.03 },
    ask: "Every branch is divided by the root of the depth. Is that enough? Then train.",
  },
  {
    name: "Rate too high", at: "rate-too-high",
    options: { ...RELU, depth: 1, width: 64, rate: 10 },
    ask: "Train 100 steps. How many of the 64 neurons die, and how many points are right?",
  },
  {
    name: "Dead at birth", at: "dead-at-birth",
    options: { ...RELU, depth: 1, width: 64, bias: -2 },
    ask: "How many neurons are dead before the first step? Does training wake them?",
  },
]
