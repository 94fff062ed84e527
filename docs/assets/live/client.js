// The page's side of the worker: the newest request wins, stop() ends it.

const PATIENCE = 100 // ms; who waits longer while dragging gets fewer points

/**
 * Starts a worker. `hear` gets its reports (see worker.js), but none about a network that
 * was replaced in the meantime, and {error} if it fails.
 * @returns {{build: Function, change: Function, run: Function, step: Function,
 *   pause: Function, boundary: Function, busy: () => boolean, slow: () => boolean, stop: Function}}
 */
export const connect = hear => {
  const worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" })
  let sent = 0, heard = 0, built = 0, since = 0, took = 0

  worker.onmessage = ({ data }) => {
    if (data.id < built) return
    heard = data.id
    if (since && data.id == built) took = performance.now() - since
    since = 0
    hear(data)
  }
  worker.onerror = event => hear({ error: event.message || "the worker did not start" })

  const request = message => worker.postMessage({ id: ++sent, ...message })
  return {
    build(options) {
      since = performance.now()
      built = sent + 1
      request({ build: options })
    },
    change: options => request({ change: options }),
    boundary: side => request({ boundary: side }),
    run: goal => request({ run: goal }),
    step: () => request({ step: 1 }),
    pause: () => request({ pause: true }),
    busy: () => heard < sent,
    slow: () => took > PATIENCE,
    stop: () => worker.terminate(),
  }
}
