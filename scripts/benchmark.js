// What the lab bench takes, measured on its page; run by benchmark.py.
// Returns medians: ms of a frame (network, measures, theory and charts anew), training steps
// a second, ms until a new worker has answered with the largest network, and the longest
// time in between without a frame.
async () => {
  const names = ["network", "measure", "theory", "training", "client", "panels"]
  const room = name => import(new URL(`../assets/live/${name}.js`, location))
  const rooms = Object.assign({}, ...await Promise.all(names.map(room)))
  const { Network, measure, theory, train, connect, PANELS } = rooms
  const charts = document.querySelectorAll(".bench svg")
  const painted = () => new Promise(done => requestAnimationFrame(() => setTimeout(done)))
  const median = them => them.sort((a, b) => a - b)[them.length >> 1]

  const frame = scale => {
    const began = performance.now(), network = new Network({ scale })
    network.forward()
    network.backward()
    const { options, loss, X, y } = network, rest = { steps: 0, changes: [], history: [] }
    const measured = { ...measure(network), theory: theory(options) }
    const report = { options, start: options, loss, X, y, ...rest, ...measured }
    PANELS.forEach(({ draw }, i) => draw(charts[i], report))
    document.body.getBoundingClientRect() // lays out what was drawn
    return performance.now() - began
  }
  const frames = []
  for (let i = 0; i < 40; i++) {
    await painted()
    frames.push(frame(1 + i / 40))
  }

  const network = new Network(), began = performance.now()
  for (let i = 0; i < 100; i++) train(network)
  const rate = 100_000 / (performance.now() - began)

  const answers = [], pauses = []
  for (let seed = 0; seed < 5; seed++) {
    let answered = false, last = performance.now(), longest = 0
    const asked = last, client = connect(() => (answered = true))
    client.build({ depth: 50, width: 64, seed })
    while (!answered) {
      await painted()
      longest = Math.max(longest, performance.now() - last)
      last = performance.now()
    }
    client.stop()
    answers.push(last - asked)
    pauses.push(longest)
  }
  return [median(frames), rate, median(answers), median(pauses)]
}
