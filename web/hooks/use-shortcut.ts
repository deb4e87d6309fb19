// Takes a key of the page while a component is on screen.

import { useEffect, useRef } from 'react'
import { type ShortcutHandler, type ShortcutName, takeShortcut } from '../state/shortcuts.ts'

/** @param handler may be another one at each rendering; see `ShortcutHandler` for what it returns */
export function useShortcut(
  name: ShortcutName,
  handler: ShortcutHandler,
  place: 'innermost' | 'outermost' = 'innermost',
): void {
  const latest = useRef(handler)
  useEffect(() => {
    latest.current = handler
  }, [handler])
  useEffect(() => takeShortcut(name, event => latest.current(event), place), [name, place])
}
