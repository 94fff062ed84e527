// np.random.default_rng(seed) in JavaScript: the same seed gives NumPy's own numbers.
//
// SeedSequence and PCG64 are exact, being integers. NumPy's table of the ziggurat is
// computed here instead of copied, which leaves a relative difference below 1e-13 in
// standard normals. NumPy may change those (NEP 19): a test watches the first draws.
const { sqrt } = Math // minified, Math.sqrt(x) would be x ** 0.5

/** One round of SeedSequence's hash; `constant` goes through powers of `factor`. */
const hasher = (constant, factor) => value => {
  value ^= constant
  constant = Math.imul(constant, factor)
  value = Math.imul(value, constant)
  return value ^ (value >>> 16)
}

/** Eight 32-bit words from a seed below 2**32, as np.random.SeedSequence makes them. */
const seedWords = seed => {
  const hash = hasher(0x43b0d7e5, 0x931e8875), pool = [seed, 0, 0, 0].map(hash)
  for (let source = 0; source < 4; source++) {
    for (let target = 0; target < 4; target++) {
      if (source == target) continue
      const left = Math.imul(0xca01f9dd, pool[target])
      const mixed = left - Math.imul(0x4973f715, hash(pool[source]))
      pool[target] = mixed ^ (mixed >>> 16)
    }
  }
  const last = hasher(0x8b51f9dd, 0x58f38ded)
  return Array.from({ length: 8 }, (_, i) => last(pool[i % 4]) >>> 0)
}

/** A 128-bit number as eight limbs of 16 bits, the lowest first. */
const limbs = (...words) =>
  Float64Array.from(words.flatMap(word => [word & 0xffff, word >>> 16]))

/** state ← state * factor + summand, modulo 2**128. */
const multiplyAdd = (state, factor, summand) => {
  for (let place = 7; place >= 0; place--) {
    let sum = summand[place]
    for (let j = 0; j <= place; j++) sum += state[j] * factor[place - j]
    state[place] = sum
  }
  for (let place = 0, carry = 0; place < 8; place++) {
    carry += state[place]
    state[place] = carry & 0xffff
    carry = Math.floor(carry / 0x10000)
  }
}

/** PCG64: a function that puts the next 64 bits into its two fields. */
const pcg64 = seed => {
  const [a, b, c, d, e, f, g, h] = seedWords(seed), one = limbs(1, 0, 0, 0)
  const factor = limbs(0x9fccf645, 0x4385df64, 0x1fc65da4, 0x2360ed05)
  const summand = limbs(g, h, e, f), state = limbs(0, 0, 0, 0)
  multiplyAdd(summand, limbs(2, 0, 0, 0), one)
  state.set(summand)
  multiplyAdd(state, one, limbs(c, d, a, b))
  multiplyAdd(state, factor, summand)
  const fold = i => (state[i] ^ state[i + 4]) | ((state[i + 1] ^ state[i + 5]) << 16)
  const bits = { low: 0, high: 0, next }
  function next() {
    multiplyAdd(state, factor, summand)
    const turn = state[7] >>> 10, by = turn & 31
    const right = fold(turn & 32 ? 2 : 0), left = fold(turn & 32 ? 0 : 2)
    bits.low = by ? (right >>> by) | (left << (32 - by)) : right
    bits.high = by ? (left >>> by) | (right << (32 - by)) : left
  }
  return bits
}

// The ziggurat: 256 layers of equal area under exp(-x²/2), and where its tail begins.
const EDGE = 3.6541528853610088, AREA = 0.004928673233974655
const density = x => Math.exp(-0.5 * x * x)

/** Scales, limits and heights of the layers. */
const ziggurat = () => {
  const scale = new Float64Array(256), inside = new Float64Array(256)
  const height = new Float64Array(256)
  let x = EDGE
  scale[0] = AREA / density(x) / 2 ** 52
  inside[0] = (x * density(x) / AREA) * 2 ** 52
  height[0] = 1
  for (let layer = 255; layer > 0; layer--) {
    scale[layer] = x / 2 ** 52
    height[layer] = density(x)
    const next = layer > 1 ? sqrt(-2 * Math.log(AREA / x + height[layer])) : 0
    inside[layer] = (next / x) * 2 ** 52
    x = next
  }
  return { scale, inside, height }
}
const { scale, inside, height } = ziggurat()

/** Beyond the edge, by Marsaglia's method. */
const tail = random => {
  for (;;) {
    const over = -Math.log1p(-random()) / EDGE, drop = -Math.log1p(-random())
    if (2 * drop > over * over) return EDGE + over
  }
}

/**
 * np.random.default_rng(seed), for whole seeds from 0 to 2**32 - 1.
 * @returns {{random: (n: number) => Float64Array, standardNormal: (n: number) => Float64Array}}
 */
export const defaultRng = seed => {
  if (!(seed >>> 0 === seed)) throw new RangeError(`no seed: ${seed}`)
  const bits = pcg64(seed)
  const random = () => {
    bits.next()
    return ((bits.high >>> 0) * 2 ** 21 + (bits.low >>> 11)) / 2 ** 53
  }
  const normal = () => {
    for (;;) {
      bits.next()
      const { low, high } = bits, layer = low & 255
      const size = (high & 0x1fffffff) * 2 ** 23 + (low >>> 9)
      const x = (low & 256 ? -size : size) * scale[layer]
      if (size < inside[layer]) return x
      if (!layer) return low & 0x20000 ? -tail(random) : tail(random)
      const step = height[layer - 1] - height[layer]
      if (height[layer] + step * random() < density(x)) return x
    }
  }
  const fill = draw => count => new Float64Array(count).map(draw)
  return { random: fill(random), standardNormal: fill(normal) }
}

let kept = {}

/** The first `count` standard normals of a seed; those of the last seed are kept. */
export const normals = (seed, count) => {
  if (kept.seed !== seed) kept = { seed, rng: defaultRng(seed), values: new Float64Array(0) }
  const { rng, values } = kept
  if (count > values.length) {
    kept.values = new Float64Array(count)
    kept.values.set(values)
    kept.values.set(rng.standardNormal(count - values.length), values.length)
  }
  return kept.values.subarray(0, count)
}
