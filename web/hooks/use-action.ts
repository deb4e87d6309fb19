// Runs one asynchronous action of a form or button: no double starts, its failure as a sentence.

import { useCallback, useRef, useState } from 'react'
import { sentenceOf } from '../state/failure.ts'

export interface Action {
  /** Starts the work unless it is already running. */
  run(work: () => Promise<unknown>): void
  busy: boolean
  /** What went wrong the last time; null while nothing has. */
  error: string | null
  setError(sentence: string | null): void
}

export function useAction(): Action {
  const running = useRef(false)
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<string | null>(null)
  const run = useCallback((work: () => Promise<unknown>) => {
    if (running.current) return
    running.current = true
    setBusy(true)
    setError(null)
    work()
      .catch(failure => setError(sentenceOf(failure)))
      .finally(() => {
        running.current = false
        setBusy(false)
      })
  }, [])
  return { run, busy, error, setError }
}
