// The day of what stands at the top of the list, shown while the person scrolls.

import { type RefObject, useCallback, useEffect, useRef, useState } from 'react'
import type { VirtualizerHandle } from 'virtua'
import type { Row } from '../state/rows.ts'

const shownMs = 1_500
/** Of the line that a day begins with, in px. */
const lineHeight = 40

export interface StickyDay {
  /** When the topmost message was sent; null shows none. */
  at: number | null
  /** Call it after each scroll. */
  onScroll(): void
}

export function useStickyDay(
  list: RefObject<VirtualizerHandle | null>,
  rows: readonly Row[],
): StickyDay {
  const [at, setAt] = useState<number | null>(null)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const onScroll = useCallback(() => {
    const handle = list.current
    if (!handle) return
    const index = handle.findItemIndex(handle.scrollOffset)
    const row = rows[index]
    // The day's own line is still there, or has just gone.
    const isShown = row?.day && handle.scrollOffset - handle.getItemOffset(index) < lineHeight
    const day = row && !isShown ? new Date(row.message.at).setHours(0, 0, 0, 0) : null
    setAt(day)
    clearTimeout(timer.current)
    timer.current = setTimeout(() => setAt(null), shownMs)
  }, [list, rows])
  useEffect(() => () => clearTimeout(timer.current), [])
  return { at, onScroll }
}
