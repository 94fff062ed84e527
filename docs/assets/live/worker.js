// Computes off the main thread, so that the page never waits.
//
// to it    {id, build: options}        a new network; of several that wait, the newest
//          {id, change: {rate, optimizer, activation}}   some of them; the weights stay
//          {id, run: the step to end at}, {id, step: steps}, {id, pause: true}
//          {id, boundary: side}        one report with scores on a grid
// from it  {id, options, layers, theory, loss, accuracy, finite, steps, history, running,
//          start, changes, X, y, boundary}   id: of the request, or the last while it runs;
//                                      script(start, steps, changes) is what was done
//          {id, error}                 whatever goes wrong is said
import { boundary } from "./boundary.js"
import { measure } from "./measure.js"
import { load } from "./data.js"
import { Network } from "./network.js"
import { theory } from "./theory.js"
import { train } from "./training.js"

const SLICE = 36 // ms of training between two reports
let network, wanted, last, start, changes, history, end = 0 // of the training that runs

/** What is due comes once the messages that wait already are read; unlike a timer, at once. */
const { port1, port2 } = new MessageChannel()
let due = false
const soon = () => {
  if (!due) port2.postMessage(0)
  due = true
}

const running = () => network.steps < end

const report = side => {
  network.forward()
  network.backward()
  const measured = measure(network), { options, loss, steps, X, y, score } = network
  if (!measured.finite) end = 0
  postMessage({
    id: last, options, loss, steps, X, y, score, start, changes, ...measured, running: running(),
    history: Float64Array.from(history), theory: steps ? null : theory(options),
    boundary: side && network.inputs == 2 ? boundary(network, side) : undefined,
  })
}

const steps = (number, until = Infinity) => {
  for (; number > 0 && performance.now() < until; number--) {
    const loss = train(network)
    if (Number.isNaN(loss)) return // report() will say so
    history.push(loss)
  }
}

const build = () => {
  const options = wanted
  wanted = undefined
  network = new Network(options)
  start = { ...network.options }
  changes = []
  history = []
  end = 0
  report()
}

const MESSAGES = {
  async build(options) {
    end = 0
    await load(options)
    wanted = options
    soon()
  },
  change(options) {
    Object.assign(network.options, options)
    changes.push({ step: network.steps, ...options })
    report()
  },
  run(goal) {
    end = goal
    running() ? soon() : report() // each request gets its answer
  },
  step(number) {
    end = 0
    steps(number)
    report()
  },
  pause() {
    end = 0
    report()
  },
  boundary: side => report(side),
}

/** Does something; what goes wrong is said. */
const guarded = action => async event => {
  try {
    await action(event)
  } catch (error) {
    end = 0
    postMessage({ id: last, error: String(error) })
  }
}

port1.onmessage = guarded(() => {
  due = false
  if (wanted) return build()
  if (!running()) return
  steps(end - network.steps, performance.now() + SLICE)
  report()
  if (running()) soon()
})

let turn = Promise.resolve() // of the message before, which may wait for its data
const hear = guarded(({ data: { id = last, ...message } }) => {
  const [kind] = Object.keys(message)
  if (kind != "build" && wanted) build() // it is about that network, which is reported under its own id
  last = id
  return MESSAGES[kind](message[kind])
})
onmessage = event => (turn = turn.then(() => hear(event)))
