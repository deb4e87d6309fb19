// What lies over the page is closed by the browser's back key, as on a phone.

import { useEffect, useRef } from 'react'
import { openLayer } from '../state/steps.ts'

/** @param isOpen for a component that is on screen also while it is closed */
export function useLayer(close: () => void, isOpen = true): void {
  const latest = useRef(close)
  useEffect(() => {
    latest.current = close
  }, [close])
  useEffect(() => (isOpen ? openLayer(() => latest.current()) : undefined), [isOpen])
}
