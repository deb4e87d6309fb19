// Counts down to a moment, for "next try in 5 s".

import { useEffect, useState } from 'react'

/** @returns whole seconds left, at least 0; renders once a second */
export function useSecondsUntil(at: number): number {
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000)
    return () => clearInterval(timer)
  }, [])
  return Math.max(0, Math.ceil((at - now) / 1000))
}
