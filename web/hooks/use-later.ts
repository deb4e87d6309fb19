// A value that follows another one after a pause, so that a search does not ask at each letter.

import { useEffect, useState } from 'react'

/** @param pauseMs so long nothing may have changed */
export function useLater<Value>(value: Value, pauseMs: number): Value {
  const [later, setLater] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setLater(value), pauseMs)
    return () => clearTimeout(timer)
  }, [value, pauseMs])
  return later
}
