// For our own bugs only: what the outside world can cause is an AppError or a ProtocolError.

/** @throws Error when `condition` does not hold; `why` says why it must */
export function assert(condition: unknown, why: string): asserts condition {
  if (!condition) throw new Error(`assertion failed: ${why}`)
}
