// Tells the virtual list how its rows changed: grown at the top (keep the anchor), or replaced by another part of
// the history (start anew).

import { useLayoutEffect, useRef } from 'react'
import type { Row } from '../state/rows.ts'

export interface RowChange {
  /** Rows were added before the first one: the position is kept from the end. */
  shift: boolean
  /** Changes when no row of before is left; the list is mounted anew with it as its key. */
  generation: number
}

export function useRowChange(rows: readonly Row[]): RowChange {
  const before = useRef<{
    keys: ReadonlySet<string>
    first: string | undefined
    generation: number
  }>({
    keys: new Set(),
    first: undefined,
    generation: 0,
  })
  const { keys, first, generation: last } = before.current
  const kept = rows.some(row => keys.has(row.key))
  const generation = rows.length > 0 && !kept ? last + 1 : last
  const shift = kept && first !== rows[0]?.key && rows.some(row => row.key === first)
  useLayoutEffect(() => {
    before.current = { keys: new Set(rows.map(row => row.key)), first: rows[0]?.key, generation }
  }, [rows, generation])
  return { shift, generation }
}
