// Time as a dependency, so that no test sleeps for it.

export interface Clock {
  /** ms since 1970, may jump with the machine's clock: for stamps that people see. */
  now(): number
  /** ms of a clock that never goes back: for durations and deadlines. */
  monotonic(): number
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
}
