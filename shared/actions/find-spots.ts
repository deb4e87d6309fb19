// Finds messages from the newest to the oldest without looking at more than it must: first it reads the newest few
// thousand messages of all chats that are searched, which answers for common words; then it asks the index for ever more
// slices of their histories, the latest first, until it has enough or its time is over. Either way it says how far it came.

import type { Queryable } from '#shared/store/db.ts'
import {
  findInRanges,
  findInSlices,
  readFirstSince,
  readTimes,
  type SearchedChat,
  type SearchFilter,
  type SeqRange,
  type Slice,
  type Spot,
  sliceMessages,
} from '#shared/store/message-search.ts'

/** Whose histories are searched, and in which order: by `seq` in one chat, by `at` in several. */
export interface Scope {
  by: 'seq' | 'at'
  /** The latest activity first. */
  chats: readonly SearchedChat[]
}

/** What is looked for in a scope. */
export interface Hunt extends Omit<SearchFilter, 'by'> {
  /** What the index is asked for, one lexeme of each list; looked up when it is needed. */
  lexemes(): Promise<string[][]>
}

/** Messages in order, and where to go on behind them; null when there are no more. */
export interface Found {
  spots: Spot[]
  end: Spot | null
}

/** Behind nothing: where a search begins. */
export const beginning: Spot = { place: Number.MAX_SAFE_INTEGER, chat: 0, seq: 0 }

/** Messages that are read one by one before the index is asked. */
const readMax = 2_048
/** Chats of which that is done; others are told by their last message alone. */
const readChatsMax = 64
/** The newest messages of a chat that are read at least, if any are. */
const pieceMin = 16
const firstSlices = 2
const slicesMax = 64
/** Clocks of several machines stamp messages, so times may run against numbers a little. */
const skewMs = 2_000

/**
 * Finds up to `want` messages.
 * @param isLate  whether it is time to answer with what there is
 * @throws AppError overloaded, timeout
 */
export async function findSpots(
  tx: Queryable,
  scope: Scope,
  { lexemes, ...hunt }: Hunt,
  want: number,
  isLate: () => boolean,
): Promise<Found> {
  const asked = { ...hunt, by: scope.by }
  const recent = await recentOf(tx, scope, asked)
  const from = Math.max(asked.from, recent.down)
  const spots = recent.ranges.length
    ? await findInRanges(tx, recent.ranges, { ...asked, from }, want)
    : []
  if (spots.length >= want) return { spots, end: spots.at(-1) as Spot }
  if (recent.down <= asked.from) return { spots, end: null }
  const lists = await lexemes()
  // A part that is in no word of anybody's.
  if (lists.some(list => list.length === 0)) return { spots, end: null }
  const below = lower(asked.below, { place: recent.down, chat: 0, seq: 0 })
  const older = { scope, filter: { ...asked, below }, lists }
  const rest = await findOlder(tx, older, want - spots.length, isLate)
  return { spots: [...spots, ...rest.spots], end: rest.end }
}

/** The part of the histories that is read: everything at `down` or behind it in order is in the ranges. */
interface Recent {
  ranges: SeqRange[]
  down: number
}

const nothingLeft = 0

function recentOf(tx: Queryable, scope: Scope, filter: SearchFilter): Promise<Recent> | Recent {
  return scope.by === 'seq' ? recentOfOne(scope, filter) : recentOfMany(tx, scope, filter)
}

function recentOfOne({ chats: [one] }: Scope, { below, from }: SearchFilter): Recent {
  if (!one) return { ranges: [], down: nothingLeft }
  const { chat, lastSeq, hiddenUpTo } = one
  const to = Math.min(below.place, lastSeq + 1)
  const lowest = Math.max(hiddenUpTo + 1, from)
  const down = Math.max(lowest, to - readMax)
  const ranges = down < to ? [{ chat, from: down, to }] : []
  return { ranges, down: down === lowest ? nothingLeft : down }
}

/** Some messages of one chat; `top` is the time of the newest. */
interface Piece extends SeqRange {
  top: number
}

async function recentOfMany(
  tx: Queryable,
  { chats }: Scope,
  filter: SearchFilter,
): Promise<Recent> {
  const { below, from } = filter
  const pieces = await piecesOf(tx, chats.slice(0, readChatsMax), below)
  const due = pieces.filter(({ top }) => top + skewMs >= from).sort((a, b) => b.top - a.top)
  let count = 0
  const end = due.findIndex(piece => {
    count += piece.to - piece.from
    return count > readMax
  })
  const taken = end < 0 ? due : due.slice(0, end)
  const tops = [end < 0 ? undefined : due[end]?.top, chats[readChatsMax]?.at].flatMap(
    top => top ?? [],
  )
  const left = tops.filter(top => top + skewMs >= from)
  const down = left.length === 0 ? nothingLeft : Math.max(...left) + skewMs + 1
  return down > below.place
    ? { ranges: [], down: below.place + 1 }
    : { ranges: joined(taken), down }
}

/** The histories of chats before a place, cut into pieces that double towards the past. */
async function piecesOf(
  tx: Queryable,
  chats: readonly SearchedChat[],
  below: Spot,
): Promise<Piece[]> {
  const isFirst = below.place === beginning.place
  const ends = isFirst
    ? []
    : await readFirstSince(
        tx,
        chats.map(({ chat }) => chat),
        below.place + 1,
      )
  const endOf = new Map(ends.map(({ chat, seq }) => [chat, seq]))
  const ranges = chats.flatMap(one => cut(one, endOf.get(one.chat) ?? one.lastSeq + 1))
  const known = new Map(
    chats.map(({ chat, at, lastSeq }) => [`${chat}:${lastSeq}`, Math.min(at, below.place)]),
  )
  const unknown = ranges.filter(({ chat, to }) => !known.has(`${chat}:${to - 1}`))
  const times = await readTimes(
    tx,
    unknown.map(({ chat, to }) => ({ chat, seq: to - 1 })),
  )
  for (const { chat, seq, at } of times) known.set(`${chat}:${seq}`, at)
  return ranges.map(range => ({ ...range, top: known.get(`${range.chat}:${range.to - 1}`) ?? 0 }))
}

function cut({ chat, hiddenUpTo }: SearchedChat, end: number): SeqRange[] {
  const ranges: SeqRange[] = []
  const lowest = hiddenUpTo + 1
  for (let size = pieceMin, to = end; to > lowest; size *= 2) {
    // What is too long to be read is one piece.
    const from = size > readMax ? lowest : Math.max(lowest, end - size)
    ranges.push({ chat, from, to })
    to = from
  }
  return ranges
}

/** Pieces of one chat lie behind each other. */
function joined(pieces: readonly Piece[]): SeqRange[] {
  const ranges = new Map<number, SeqRange>()
  for (const { chat, from, to } of pieces) {
    const known = ranges.get(chat)
    if (!known) ranges.set(chat, { chat, from, to })
    else Object.assign(known, { from: Math.min(known.from, from), to: Math.max(known.to, to) })
  }
  return [...ranges.values()]
}

/** Asks the index, slices with the latest messages first. */
async function findOlder(
  tx: Queryable,
  { scope, filter, lists }: { scope: Scope; filter: SearchFilter; lists: string[][] },
  want: number,
  isLate: () => boolean,
): Promise<Found> {
  const slices = await slicesOf(tx, scope, filter)
  const slack = scope.by === 'seq' ? 0 : skewMs
  let pool: Spot[] = []
  for (let at = 0, size = firstSlices; at < slices.length; size = Math.min(size * 2, slicesMax)) {
    const found = await findInSlices(tx, slices.slice(at, at + size), lists, filter, want)
    pool = [...pool, ...found].sort(behind)
    at += size
    const next = slices[at]
    if (!next) break
    // What the next slice has may stand before the rest of the pool.
    const down = next.top + slack + 1
    const sure = pool.filter(({ place }) => place >= down)
    if (sure.length >= want) return { spots: sure.slice(0, want), end: sure[want - 1] as Spot }
    if (isLate() && down < filter.below.place)
      return { spots: sure, end: { place: down, chat: 0, seq: 0 } }
  }
  const spots = pool.slice(0, want)
  return { spots, end: spots.length === want ? (spots.at(-1) as Spot) : null }
}

/** Slices that may hold something, the latest first; `top` is the place of the newest message. */
async function slicesOf(
  tx: Queryable,
  { by, chats }: Scope,
  { below, from }: SearchFilter,
): Promise<(Slice & { top: number })[]> {
  const all = chats.flatMap(({ chat, lastSeq, hiddenUpTo, at }) => {
    const first = Math.floor((hiddenUpTo + 1) / sliceMessages)
    const last = Math.floor(lastSeq / sliceMessages)
    return Array.from({ length: last - first + 1 }, (_, i) => {
      const nth = last - i
      const lastIn = Math.min(lastSeq, (nth + 1) * sliceMessages - 1)
      return { chat, nth, lastIn, top: by === 'seq' ? lastIn : at }
    })
  })
  if (by === 'at') await readTops(tx, all, chats)
  const slack = by === 'seq' ? 0 : skewMs
  const isDue = ({ top, chat }: (typeof all)[number], i: number) => {
    const older = all[i + 1]
    const bottom = older?.chat === chat ? older.top : 0
    return top + slack >= from && bottom - slack < below.place
  }
  return all.filter(isDue).sort((a, b) => b.top - a.top)
}

async function readTops(
  tx: Queryable,
  slices: readonly { chat: number; lastIn: number; top: number }[],
  chats: readonly SearchedChat[],
): Promise<void> {
  const heads = new Map(chats.map(({ chat, lastSeq }) => [chat, lastSeq]))
  const older = slices.filter(({ chat, lastIn }) => lastIn !== heads.get(chat))
  const times = await readTimes(
    tx,
    older.map(({ chat, lastIn }) => ({ chat, seq: lastIn })),
  )
  const atOf = new Map(times.map(({ chat, seq, at }) => [`${chat}:${seq}`, at]))
  for (const slice of older) slice.top = atOf.get(`${slice.chat}:${slice.lastIn}`) ?? slice.top
}

/** Order of what is found, for `sort`. */
function behind(a: Spot, b: Spot): number {
  return b.place - a.place || b.chat - a.chat || b.seq - a.seq
}

function lower(a: Spot, b: Spot): Spot {
  return behind(a, b) > 0 ? a : b
}
