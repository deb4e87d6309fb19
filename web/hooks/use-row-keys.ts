// Arrow keys in the list of chats: one row is in the tab order, and the keys move it, also to rows that are not in the
// document yet.

import { type FocusEvent, type KeyboardEvent, type RefObject, useCallback, useState } from 'react'
import type { VirtualizerHandle } from 'virtua'
import type { ListRow } from '../state/list-rows.ts'

export interface RowKeys {
  /** Index of the row in the tab order; -1 when there is none. */
  active: number
  onKeyDown(event: KeyboardEvent<HTMLElement>): void
  onFocus(event: FocusEvent<HTMLElement>): void
}

interface Input {
  list: RefObject<VirtualizerHandle | null>
  nav: RefObject<HTMLElement | null>
  rows: readonly ListRow[]
  open: number | null
}

const pageRows = 8

export function useRowKeys({ list, nav, rows, open }: Input): RowKeys {
  const [chosen, setChosen] = useState<ListRow['key'] | null>(null)
  const active = indexOf(rows, chosen) ?? indexOf(rows, open) ?? (rows.length > 0 ? 0 : -1)

  const goTo = useCallback(
    (index: number) => {
      const row = rows[index]
      if (!row) return
      setChosen(row.key)
      list.current?.scrollToIndex(index, { align: 'nearest' })
      focusRow(nav, index)
    },
    [list, nav, rows],
  )
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return
    const last = rows.length - 1
    const moves: Record<string, number> = {
      ArrowDown: active + 1,
      ArrowUp: active - 1,
      PageDown: active + pageRows,
      PageUp: active - pageRows,
      Home: 0,
      End: last,
    }
    const to = moves[event.key]
    if (to === undefined) return
    event.preventDefault()
    goTo(Math.min(Math.max(to, 0), last))
  }
  const onFocus = (event: FocusEvent<HTMLElement>) => {
    const index = Number(event.target.dataset.row ?? -1)
    const row = rows[index]
    if (row) setChosen(row.key)
  }
  return { active, onKeyDown, onFocus }
}

/** A row that was just asked for is not there at once, and hidden, so without focus, until it was measured. */
function focusRow(nav: RefObject<HTMLElement | null>, index: number, framesLeft = 60): void {
  const row = nav.current?.querySelector<HTMLElement>(`[data-row="${index}"]`)
  row?.focus({ preventScroll: true })
  if (row && document.activeElement === row) return
  if (framesLeft > 0) requestAnimationFrame(() => focusRow(nav, index, framesLeft - 1))
}

function indexOf(rows: readonly ListRow[], key: ListRow['key'] | null): number | undefined {
  const index = key === null ? -1 : rows.findIndex(row => row.key === key)
  return index < 0 ? undefined : index
}
