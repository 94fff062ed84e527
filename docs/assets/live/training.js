// One step down the gradient: plain, with momentum, or Adam.
const { sqrt } = Math // minified, Math.sqrt(x) would be x ** 0.5

/** What an optimizer remembers; another optimizer starts with nothing. */
const memory = network => {
  const { optimizer } = network.options, { length } = network.params
  if (network.memory?.optimizer != optimizer) {
    const mean = new Float64Array(length), square = new Float64Array(length)
    network.memory = { optimizer, mean, square, steps: 0 }
  }
  network.memory.steps++
  return network.memory
}

const OPTIMIZERS = {
  SGD({ params, gradient, options: { rate } }) {
    for (let i = 0; i < params.length; i++) params[i] -= rate * gradient[i]
  },
  momentum(network) {
    const { params, gradient, round, options: { rate } } = network, { mean } = memory(network)
    for (let i = 0; i < params.length; i++) mean[i] = 0.9 * mean[i] + gradient[i]
    round(mean)
    for (let i = 0; i < params.length; i++) params[i] -= rate * mean[i]
  },
  Adam(network) {
    const { params, gradient, round, options: { rate } } = network
    const { mean, square, steps } = memory(network)
    const first = 1 - 0.9 ** steps, second = 1 - 0.999 ** steps
    for (let i = 0; i < params.length; i++) {
      const g = gradient[i]
      mean[i] = 0.9 * mean[i] + 0.1 * g
      square[i] = 0.999 * square[i] + 0.001 * (g * g)
    }
    round(mean)
    round(square)
    for (let i = 0; i < params.length; i++) {
      params[i] -= (rate * (mean[i] / first)) / (sqrt(square[i] / second) + 1e-8)
    }
  },
}

/** Moves the parameters by the gradient that backward() left. */
export const update = network => {
  if (network.memory?.optimizer != network.options.optimizer) network.memory = undefined
  OPTIMIZERS[network.options.optimizer](network)
  network.round(network.params)
  network.steps++
}

/** Whether nothing overflowed: a z of -Infinity makes no noise in a ReLU, nor in the loss. */
const bounded = ({ z, loss }) => {
  let sum = loss
  for (const it of z) for (let i = 0; i < it.length; i++) sum += it[i] * 0 // which alone could overflow
  return Number.isFinite(sum)
}

/** One step of training; the loss is that before it. Where numbers overflowed: none, NaN. */
export const train = network => {
  network.forward()
  if (!bounded(network)) return NaN
  network.backward()
  update(network)
  return network.loss
}
