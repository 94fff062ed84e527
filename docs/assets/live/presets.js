// The presets of the bench: those of snippets/presets.py and snippets/presets_trained.py,
// which compute the same numbers. The page has a folded answer for each, in this order.
const RELU = { activation: "ReLU", scale: Math.SQRT2 } // He weights
const ONE_LAYER = { ...RELU, depth: 1, width: 64 }
const FIFTY = { ...RELU, depth: 50, rate: 0.03 }

/** Name, and the options that differ from the defaults. @type {[string, object][]} */
export const PRESETS = [
  ["Sigmoid, 20 layers", {}],
  ["ReLU, small weights", { activation: "ReLU", rate: 0.2 }],
  ["ReLU, He weights", RELU],
  ["Small slopes explode", { scale: 16 }],
  ["Batch norm explodes", { ...RELU, norm: "batch", rate: 0.03 }],
  ["Layer norm, sigmoid", { norm: "layer" }],
  ["50 layers, plain skip", { ...FIFTY, skip: "plain" }],
  ["50 layers, scaled skip", { ...FIFTY, skip: "scaled" }],
  ["Rate too high", { ...ONE_LAYER, rate: 10 }],
  ["Dead at birth", { ...ONE_LAYER, bias: -2 }],
]
