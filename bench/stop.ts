// How a run is stopped: by signals, by the end of the npm that started it, or by a fault of its own. The first of
// them ends the scenario and writes what there is; a second signal ends everything at once.

import { watchNpm } from '#deploy/npm-parent.ts'

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

export interface Stop {
  /** Aborted with an Error that says by what. */
  signal: AbortSignal
  /** From now on it is too late to stop. */
  ignore(): void
}

/** Listens from now on, in place of what Node does by itself. */
export function untilStopped(): Stop {
  const stop = new AbortController()
  const onSignal = (name: NodeJS.Signals) => {
    // Servers and generators end with us by themselves; only their temporary files stay.
    if (stop.signal.aborted) process.exit(1)
    stop.abort(new Error(`stopped by ${name}`))
  }
  for (const name of signals) process.on(name, onSignal)
  const onFault = (error: unknown) => {
    console.error(error)
    stop.abort(error instanceof Error ? error : new Error(String(error)))
  }
  // Also what a promise rejects with and nobody hears.
  process.on('uncaughtException', onFault)
  // When npm is killed, the terminal's signals no longer reach us.
  watchNpm(() => stop.abort(new Error('stopped: npm has ended')))
  return {
    signal: stop.signal,
    ignore() {
      for (const name of signals) process.off(name, onSignal)
      process.off('uncaughtException', onFault)
    },
  }
}
