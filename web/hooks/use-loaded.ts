// What the server is asked for when a part of the page is shown, and again whenever it may have changed. The reading that
// began last counts, whichever ends last; what an earlier one brought stays on screen until then. For presses of a button
// there is `useAction`, which drops a second start and is no reader therefore.

import { useCallback, useEffect, useRef, useState } from 'react'
import { sentenceOf } from '../state/failure.ts'

export interface Loaded<Value> {
  /** null until the first reading has ended. */
  value: Value | null
  loading: boolean
  /** Why the last reading failed; null while it did not. */
  error: string | null
  /** Reads again. Never rejects: the failure is shown. */
  reload(): Promise<void>
  /** Changes what is held, as by a page more; nothing when another reading has begun since the change was thought of. */
  change(from: Value, to: Value): void
}

/**
 * @param read the same function until something else is wanted
 * @param version another one means that what was read is out of date
 */
export function useLoaded<Value>(read: () => Promise<Value>, version?: unknown): Loaded<Value> {
  const [value, setValue] = useState<Value | null>(null)
  const [error, setError] = useState<string | null>(null)
  const [loading, setLoading] = useState(true)
  const run = useRef(0)
  const reload = useCallback(async () => {
    const own = ++run.current
    const whenLast = (then: () => void) => own === run.current && then()
    setLoading(true)
    await read().then(
      next =>
        whenLast(() => {
          setValue(() => next)
          setError(null)
        }),
      failure => whenLast(() => setError(sentenceOf(failure))),
    )
    whenLast(() => setLoading(false))
  }, [read])
  // biome-ignore lint/correctness/useExhaustiveDependencies: another version is a reason to read.
  useEffect(() => {
    void reload()
    return () => {
      run.current++
    }
  }, [reload, version])
  const change = useCallback(
    (from: Value, to: Value) => setValue(now => (now === from ? to : now)),
    [],
  )
  return { value, loading, error, reload, change }
}
