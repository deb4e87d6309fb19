// The thread of metronome.ts: flags[0] is set to end it, flags[1] while a tick waits to be handled.

import { parentPort, workerData } from 'node:worker_threads'

const { flags, periodMs } = workerData
const beginMs = performance.now()

for (let tick = 1; Atomics.load(flags, 0) === 0; tick++) {
  const waitMs = beginMs + tick * periodMs - performance.now()
  if (waitMs > 0) Atomics.wait(flags, 0, 0, waitMs)
  if (Atomics.exchange(flags, 1, 1) === 0) parentPort.postMessage(0)
}
