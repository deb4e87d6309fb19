// A finger that rests on something asks for its menu, also where the browser has no event for that.

import { type PointerEvent, useCallback, useEffect, useRef } from 'react'

const pressMs = 500
const slipPx = 10

export interface LongPress {
  onPointerDown(event: PointerEvent): void
  onPointerMove(event: PointerEvent): void
  onPointerUp(): void
  onPointerCancel(): void
  /** Whether the click that ends a long press is to be ignored; asked once. */
  swallowed(): boolean
}

/** @param pressed called with the place of the finger, in px of the window */
export function useLongPress(pressed: (x: number, y: number) => void): LongPress {
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined)
  const start = useRef({ x: 0, y: 0 })
  const fired = useRef(false)
  const end = useCallback(() => clearTimeout(timer.current), [])
  useEffect(() => end, [end])
  return {
    onPointerDown({ pointerType, clientX: x, clientY: y }) {
      fired.current = false
      if (pointerType !== 'touch') return
      start.current = { x, y }
      end()
      timer.current = setTimeout(() => {
        fired.current = true
        pressed(x, y)
      }, pressMs)
    },
    onPointerMove({ clientX, clientY }) {
      const { x, y } = start.current
      if (Math.hypot(clientX - x, clientY - y) > slipPx) end()
    },
    onPointerUp: end,
    onPointerCancel: end,
    swallowed() {
      const was = fired.current
      fired.current = false
      return was
    },
  }
}
