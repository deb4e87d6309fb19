// Moves from message to message with the arrow keys, and does to the focused one what single keys stand for. The list is one
// stop of the Tab key; the message in focus stays mounted however far one scrolls.

import { type FocusEvent, type KeyboardEvent, type RefObject, useRef, useState } from 'react'
import type { VirtualizerHandle } from 'virtua'
import { messageMenu } from '../state/conversation-panel.ts'
import type { Row } from '../state/rows.ts'
import { selection } from '../state/selection.ts'

export interface MessageKeys {
  /** Index of the row to keep mounted; none without focus. */
  kept: number[]
  onKeyDown(event: KeyboardEvent<HTMLElement>): void
  onFocus(event: FocusEvent<HTMLElement>): void
  onBlur(event: FocusEvent<HTMLElement>): void
}

export function useMessageKeys(
  list: RefObject<VirtualizerHandle | null>,
  rows: readonly Row[],
): MessageKeys {
  const [focused, setFocused] = useState<string | null>(null)
  const log = useRef<HTMLElement | null>(null)
  const index = focused === null ? -1 : rows.findIndex(row => row.key === focused)

  const goTo = (to: number) => {
    const row = rows[Math.min(Math.max(to, 0), rows.length - 1)]
    if (!row) return
    setFocused(row.key)
    list.current?.scrollToIndex(rows.indexOf(row), { align: 'nearest' })
    focusSoon(log.current, row.key, 10)
  }
  const lastSeen = () => {
    const handle = list.current
    return handle ? handle.findItemIndex(handle.scrollOffset + handle.viewportSize - 1) : -1
  }
  return {
    kept: index < 0 ? [] : [index],
    onKeyDown(event) {
      const { key, target, currentTarget } = event
      log.current = currentTarget
      const isRow = target instanceof HTMLElement && target.dataset.key !== undefined
      if (event.ctrlKey || event.metaKey || event.altKey || (!isRow && target !== currentTarget))
        return
      const moves: Record<string, number> = {
        ArrowUp: index < 0 ? lastSeen() : index - 1,
        ArrowDown: index < 0 ? lastSeen() : index + 1,
        Home: 0,
        End: rows.length - 1,
      }
      const to = moves[key]
      if (to !== undefined) goTo(to)
      else if (isRow && (key === 'Enter' || key === ' ')) openMenu(target)
      else if (isRow && key === 'Escape' && selection.get().seqs.size === 0) currentTarget.focus()
      else return
      event.preventDefault()
    },
    onFocus({ target }) {
      const key = target.closest<HTMLElement>('[data-key]')?.dataset.key
      if (key !== undefined) setFocused(key)
    },
    onBlur({ currentTarget, relatedTarget }) {
      const inside = relatedTarget instanceof Node && currentTarget.contains(relatedTarget)
      if (!inside && relatedTarget !== null && messageMenu.get() === null) setFocused(null)
    },
  }
}

/** The row is mounted with the next frames. */
function focusSoon(log: HTMLElement | null, key: string, tries: number): void {
  const row = log?.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`)
  if (row) row.focus({ preventScroll: true })
  else if (tries > 0) requestAnimationFrame(() => focusSoon(log, key, tries - 1))
}

function openMenu(row: HTMLElement): void {
  const key = row.dataset.key
  const bubble = row.querySelector('.bubble') ?? row
  if (key !== undefined) {
    messageMenu.set({ key, rect: bubble.getBoundingClientRect(), from: row })
  }
}
