// The way back from a page of the panel when what it stored is stored.

import { useCallback, useEffect, useRef } from 'react'
import { backInfo } from '../state/info-view.ts'

/** @returns goes one page back, unless the person has left this page meanwhile */
export function useBackInfo(): () => void {
  const isHere = useRef(true)
  useEffect(() => {
    isHere.current = true
    return () => {
      isHere.current = false
    }
  }, [])
  return useCallback(() => {
    if (isHere.current) backInfo()
  }, [])
}
