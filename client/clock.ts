// The real time and chance behind ClientClock.

import type { ClientClock } from './types.ts'

export const systemClock: ClientClock = {
  now: () => Date.now(),
  setTimeout: (run, ms) => setTimeout(run, ms),
  clearTimeout: handle => clearTimeout(handle as ReturnType<typeof setTimeout>),
  random: () => Math.random(),
}
