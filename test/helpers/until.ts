// Waiting for a condition instead of sleeping.

/**
 * Resolves with the first truthy value of `condition`, asked every few ms.
 * @throws Error with `message` when that takes longer than `timeoutMs` (default 60 s); an error that
 *         `condition` throws counts as "not yet" and becomes the cause
 */
export async function until<Value>(
  condition: () => Value | Promise<Value>,
  {
    timeoutMs = 60_000,
    message = String(condition),
  }: { timeoutMs?: number; message?: string } = {},
): Promise<Value> {
  const deadline = performance.now() + timeoutMs
  let cause: unknown
  for (let waitMs = 1; ; waitMs = Math.min(waitMs * 2, 50)) {
    try {
      const value = await condition()
      if (value) return value
    } catch (error) {
      cause = error
    }
    if (performance.now() > deadline) {
      throw new Error(`not within ${timeoutMs} ms: ${message}`, { cause })
    }
    await new Promise(resolve => setTimeout(resolve, waitMs))
  }
}
