// How the rows of a list became others, in steps that the virtual list can follow: it keeps what is on screen in place
// when rows come or go at one end, but not at both ends at once. Pure.

import type { Row } from './rows.ts'

export interface Laid {
  readonly rows: readonly Row[]
  /** Rows were added or cut off before the first one: the position is kept from the end. */
  readonly shift: boolean
  /** Changes when no row of before is left; the list is mounted anew with it as its key. */
  readonly generation: number
  /** Rows came or went in between, so the place of what is on screen must be looked for. */
  readonly torn: boolean
}

export const nothingLaid: Laid = { rows: [], shift: false, generation: 0, torn: false }

/** The next step from what is laid out to what is wanted; it has arrived when `rows` are those wanted. */
export function nextStep(laid: Laid, wanted: readonly Row[]): Laid {
  const { rows, generation } = laid
  if (rows.length === 0 || wanted.length === 0) return anew(laid, wanted)
  const start = startOf(rows, wanted)
  if (!start) return anew(laid, wanted)
  const end = endOf(rows, wanted)
  if (start.added + start.gone > 0 && end.added + end.gone > 0) {
    const kept = rows.slice(0, rows.length - end.gone)
    const tail = end.added > 0 ? wanted.slice(-end.added) : []
    return { rows: [...kept, ...tail], shift: false, generation, torn: false }
  }
  const grown = start.added - start.gone + end.added - end.gone
  const torn = rows.length + grown !== wanted.length
  return { rows: wanted, shift: start.added + start.gone > 0, generation, torn }
}

interface Ends {
  added: number
  gone: number
}

function anew({ rows, generation }: Laid, wanted: readonly Row[]): Laid {
  const isNew = wanted.length > 0 && (rows.length > 0 || generation === 0)
  return {
    rows: wanted,
    shift: false,
    generation: isNew ? generation + 1 : generation,
    torn: false,
  }
}

/** @returns undefined when the two have no row in common */
function startOf(rows: readonly Row[], wanted: readonly Row[]): Ends | undefined {
  if (rows[0]?.key === wanted[0]?.key) return { added: 0, gone: 0 }
  const places = new Map(wanted.map((row, index) => [row.key, index]))
  const gone = rows.findIndex(row => places.has(row.key))
  const first = rows[gone]
  if (!first) return undefined
  return { added: places.get(first.key) ?? 0, gone }
}

function endOf(rows: readonly Row[], wanted: readonly Row[]): Ends {
  const last = rows.at(-1)?.key
  const added = wanted.findLastIndex(row => row.key === last)
  if (added >= 0) return { added: wanted.length - 1 - added, gone: 0 }
  const lastWanted = wanted.at(-1)?.key
  const kept = rows.findLastIndex(row => row.key === lastWanted)
  if (kept >= 0) return { added: 0, gone: rows.length - 1 - kept }
  const places = new Map(wanted.map((row, index) => [row.key, index]))
  const common = rows.findLastIndex(row => places.has(row.key))
  const at = places.get(rows[common]?.key ?? '') ?? wanted.length - 1
  return { added: wanted.length - 1 - at, gone: rows.length - 1 - common }
}
