// The pieces of the NumPy script: lists of lines, of further lists, and of `false`.
import { ACTIVATIONS } from "./activations.js"

/** The name of each φ in the script, and its body: φ(z) and its slope. */
const PHI = {
  sigmoid: ["sigmoid", "a = 0.5 + 0.5 * np.tanh(z / 2)", "return a, a * (1 - a)"],
  tanh: ["tanh", "a = np.tanh(z)", "return a, 1 - a * a"],
  ReLU: ["relu", "return np.maximum(z, 0), 1.0 * (z > 0)"],
  "leaky ReLU": ["leaky_relu", "return np.where(z > 0, z, z / 100), np.where(z > 0, 1, 0.01)"],
  ELU: ["elu", "low = np.expm1(np.minimum(z, 0))",
    "return np.where(z > 0, z, low), np.where(z > 0, 1, low + 1)"],
  GELU: ["gelu", "s = 0.5 + 0.5 * np.tanh((2 / np.pi) ** 0.5 * (z + 0.044715 * z**3))",
    "return z * s, s + z * s * (1 - s) * (8 / np.pi) ** 0.5 * (1 + 0.134145 * z * z)"],
  SiLU: ["silu", "s = 0.5 + 0.5 * np.tanh(z / 2)", "return z * s, s + z * s * (1 - s)"],
  linear: ["linear", "return z, np.ones_like(z)"],
}
/** What the script calls a φ. */
export const called = name => PHI[name][0]

/** The points before noise. */
const DATA = {
  moons: ["t = np.pi * np.linspace(0, 1, HALF)",
    "X = np.r_[np.c_[np.cos(t), np.sin(t)], np.c_[1 - np.cos(t), 0.5 - np.sin(t)]]"],
  rings: ["t = 2 * np.pi * np.arange(HALF) / HALF",
    "X = np.r_[np.c_[np.cos(t), np.sin(t)], np.c_[np.cos(t), np.sin(t)] / 2]"],
  spiral: ["t, s = np.tile(np.linspace(0, 1, HALF), 2), np.repeat([1, -1], HALF)",
    "X = (s * (0.1 + t) * [np.cos(3 * np.pi * t), np.sin(3 * np.pi * t)]).T"],
  digits: ["ink = np.frombuffer(zlib.decompress(base64.b64decode(PACKED)), np.uint8)",
    "X = ink.reshape(2, 32, 64)[:, :HALF].reshape(-1, 64).astype(float)"],
}

/** Indents lines, however deep they are nested. */
const indent = (depth, ...lines) => lines.flat(9).map(it => " ".repeat(depth) + it)

/** What rounds to 32 bits wherever the network on the screen does, if it does. */
const keeper = ({ precision }) => text => (precision == "float32" ? `stored(${text})` : text)

export const rounding = ({ precision }) => precision == "float32" && ["", "",
  "def stored(x):  # what 32 bits keep of it", "    return np.float32(x).astype(float)"]

export const phiFunction = (name, o) => {
  const body = PHI[name].slice(1).map(line => // a slope is that of the rounded a
    line.replace(/^(a|low) = (.*)/, (_, it, value) => `${it} = ${keeper(o)(value)}`))
  return ["", "", `def ${called(name)}(z):  # and its slope`, indent(4, body)]
}

/** The function that goes forward and back; `phi` is what it calls φ. */
export const backpropagate = (o, phi) => {
  const keep = keeper(o), single = o.precision == "float32", skips = o.skip != "none"
  const normed = o.norm != "none", axis = o.norm == "batch" ? 0 : 1
  const mean = `.mean(${axis}, keepdims=True)`, factor = o.skip == "scaled" ? "BRANCH[k] * " : ""
  const z = factor ? `${factor}(a @ W[k].T + b[k])` : "a @ W[k].T + b[k]"
  const parts = normed ? "below, z, slope, h, s" : "below, z, slope"
  const both = `${phi}(${normed ? "h" : "z"})`, above = skips ? " + above" : ""
  const gradients = "*dW, error @ a, *db, error.sum(keepdims=True)"
  return ["", "", `def backpropagate(params${phi == "phi" ? ", phi" : ""}):`,
    '    """Loss, scores, what each layer keeps, each δ, the gradients of params."""',
    "    W, v, b, c = params[:DEPTH], params[DEPTH], params[DEPTH + 1 : -1], params[-1]",
    `    a, ${skips ? "z, tape = X, 0," : "tape = X,"} []`,
    "    for k in range(DEPTH):",
    `        below, z = a, ${keep(skips ? `${z} + z` : z)}`,
    normed && [`        s = np.sqrt(z.var(${axis}, keepdims=True) + 1e-5)`,
      `        h = ${keep(`(z - z${mean}) / s`)}`],
    `        a, slope = ${single ? `map(stored, ${both})` : both}`,
    `        tape.append((${parts}))`,
    `    score = ${keep("a @ v + c")}`,
    `    error = ${keep("-y * (0.5 - 0.5 * np.tanh(y * score / 2)) / len(y)")}`,
    `    signal, ${skips ? "above, rows = error[:, None] * v, 0," : "rows = error[:, None] * v,"} []`,
    `    for k, (${parts}) in reversed([*enumerate(tape)]):`,
    normed
      ? ["        delta = signal * slope",
        `        delta -= delta${mean} + h * (delta * h)${mean}`,
        `        delta = ${keep(`delta / s${above}`)}`]
      : `        delta = ${keep(`signal * slope${above}`)}`,
    `        rows.append((delta, ${factor}delta.T @ below, ${factor}delta.sum(0)))`,
    `        signal${skips ? ", above" : ""} = ${factor}delta @ W[k]${skips ? ", delta" : ""}`,
    "    deltas, dW, db = zip(*rows[::-1], strict=True)",
    `    gradients = ${single ? `[*map(stored, (${gradients}))]` : `[${gradients}]`}`,
    "    return np.logaddexp(0, -y * score).mean(), score, tape, deltas, gradients"]
}

/** Inputs, labels and parameters: one stream of random numbers. */
export const drawn = o => {
  const images = o.data == "digits", spread = images ? "X.var(0).mean() ** 0.5" : "X.std(0)"
  const X = keeper(o)(`(X - X.mean(0)) / ${spread}${o.shift ? ` + ${o.shift}` : ""}`)
  const gauss = "SIGMA_W * rng.standard_normal(s) / s[1] ** 0.5"
  const bias = Number.isInteger(o.bias) ? `${o.bias}.0` : o.bias
  const rest = `*np.full((DEPTH, WIDTH), ${bias}), np.zeros(1)]`
  return ["", "", `rng = np.random.default_rng(${o.seed})`, DATA[o.data],
    `X += ${o.noise} * rng.standard_normal(X.shape)`,
    `X, y = ${X}, np.repeat([-1, 1], HALF)`,
    `shapes = [(WIDTH, ${images ? 64 : 2})] + [(WIDTH, WIDTH)] * (DEPTH - 1)`,
    `params = [${gauss} for s in shapes]`,
    o.orthogonal && ["for W in params[1:]:", "    Q, R = np.linalg.qr(W)",
      "    W[:] = SIGMA_W * Q * np.sign(np.diag(R))"],
    "params.append(rng.standard_normal(WIDTH) / WIDTH**0.5)",
    o.precision == "float32" ? `params = [*map(stored, [*params, ${rest})]` : `params += [${rest}`]
}

/** The body of a step: what the optimizer remembers (m, s), then the parameters p. */
const step = (o, optimizer, rate) => {
  const keep = keeper(o), single = o.precision == "float32"
  const by = text => (single ? `p[:] = stored(p - ${rate} * ${text})` : `p -= ${rate} * ${text}`)
  return {
    SGD: [by("g")],
    momentum: [`m[:] = ${keep("0.9 * m + g")}`, by("m")],
    Adam: [`m[:] = ${keep("0.9 * m + 0.1 * g")}`,
      `s[:] = ${keep("0.999 * s + 0.001 * (g * g)")}`,
      "root = (np.sqrt(s / (1 - 0.999**t)) + 1e-8) * (1 - 0.9**t)", by("m / root")],
  }[optimizer]
}

const MEMORY = "[np.zeros((2, *p.shape)) for p in params]"
const EACH = "for p, g, (m, s) in zip(params, gradients, memory, strict=True):"

/** Training with the same options throughout. */
const plainly = (o, { optimizer }) => {
  const forgets = optimizer == "SGD"
  return [
    !forgets && `memory = ${MEMORY}`,
    forgets ? "for _ in range(STEPS):" : "for t in range(1, STEPS + 1):",
    `    gradients = backpropagate(params)[-1]`,
    `    ${forgets ? "for p, g in zip(params, gradients, strict=True):" : EACH}`,
    indent(8, step(o, optimizer, "RATE"))]
}

/** Training in phases, the options of each in a list. */
const inPhases = (o, plan) => {
  const kinds = [...new Set(plan.map(it => it.optimizer))]
  const choice = (kind, i) =>
    [`${i ? "elif" : "if"} optimizer == "${kind}":`, indent(4, step(o, kind, "rate"))]
  return [
    "phases = [  # steps, learning rate, optimizer, φ",
    plan.map(it => `    (${it.steps}, ${it.rate}, "${it.optimizer}", ${called(it.activation)}),`),
    "]", "known = None  # the optimizer whose memory it is",
    "for steps, rate, optimizer, phi in phases:", "    for _ in range(steps):",
    indent(8, "if optimizer != known:", `    known, t, memory = optimizer, 0, ${MEMORY}`,
      "t += 1", "gradients = backpropagate(params, phi)[-1]", EACH,
      indent(4, kinds[1] ? kinds.map(choice) : step(o, kinds[0], "rate")))]
}
export const training = (o, plan) =>
  plan.length > 1 ? inPhases(o, plan) : plan[0].steps > 0 && plainly(o, plan[0])

/** What is printed; flat is a slope below a twentieth of the steepest. */
export const report = (phi, activation) => [
  `loss, score, tape, deltas, gradients = backpropagate(params${phi == "phi" ? ", phi" : ""})`,
  "ok = all(np.isfinite(it).all() for it in [loss, *gradients, *(t[1] for t in tape)])",
  'print(f"loss {loss:.4g}, right {sum(y * score > 0)} of {len(y)}" if ok else "overflow")',
  'print("layer    norm δ   norm ∂W  flat  dead")',
  "for k in range(DEPTH if ok else 0):",
  "    δ, dW, slope = np.linalg.norm(deltas[k]), np.linalg.norm(gradients[k]), tape[k][2]",
  `    flat, dead = (abs(slope) < 0.05 * ${ACTIVATIONS[activation].steepest}).sum(), (slope == 0).all(0).sum()`,
  '    print(f"{k + 1:5} {δ:9.3e} {dW:9.3e} {flat:5} {dead:5}")']
