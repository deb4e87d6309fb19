// Wakes the generator on time. A timer of the event loop fires up to a millisecond late, which is as long as
// what is measured; a thread that sleeps in Atomics.wait is late by some 50 µs.

import { Worker } from 'node:worker_threads'

export interface Metronome {
  stop(): void
}

/** Calls `onTick` every `periodMs`; a tick that comes while the last is not handled yet is left out. */
export function startMetronome(periodMs: number, onTick: () => void): Metronome {
  const flags = new Int32Array(new SharedArrayBuffer(8))
  const worker = new Worker(new URL('./metronome-worker.mjs', import.meta.url), {
    workerData: { flags, periodMs },
    execArgv: [],
  })
  worker.on('message', () => {
    Atomics.store(flags, 1, 0)
    onTick()
  })
  return {
    stop() {
      Atomics.store(flags, 0, 1)
      Atomics.notify(flags, 0)
      worker.removeAllListeners('message')
    },
  }
}
