// Search for messages by their text, in one chat or in all of the user's. First come those that have the words that were
// asked for, in any form; then those in which they stand inside of other words; each kind from the newest to the oldest.
// Few searches run at once, each statement has its time, and a long search answers in parts: none holds a connection.

import { setImmediate as turn } from 'node:timers/promises'
import { AppError } from '#shared/protocol/codes.ts'
import type { ChatId, UserId } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import type {
  Message,
  MessageHit,
  SearchKind,
  SearchPosition,
  User,
} from '#shared/protocol/models.ts'
import type { Clock } from '#shared/runtime/clock.ts'
import { type Db, limitStatements, type Queryable } from '#shared/store/db.ts'
import {
  readFirstSince,
  readFound,
  readSearchedChats,
  readWordsBeginning,
  readWordsContaining,
  type SearchMatch,
  type Spot,
} from '#shared/store/message-search.ts'
import { readProfiles } from '#shared/store/profiles.ts'
import { kindBit } from '#shared/store/search-index.ts'
import { Stems } from '#shared/store/stems.ts'
import { beginning, findSpots, type Scope } from './find-spots.ts'
import { estimateBytes, fitForward } from './fit-page.ts'
import { textOf } from './index-messages.ts'
import { peopleIn } from './read-chats.ts'
import { marksIn, snippetOf } from './search-marks.ts'
import {
  fits,
  parseQuery,
  type Query,
  type Tier,
  tiersOf,
  tokensIn,
  type Wanted,
} from './search-query.ts'
import { indexed, type Token, tokensOf, wordsIn } from './search-text.ts'

export interface SearchInput {
  query: string
  /** Only in this one. */
  chat?: ChatId | undefined
  /** Only of this author. */
  from?: UserId | undefined
  /** Only messages that are one of these. */
  kinds?: readonly SearchKind[] | undefined
  /** ms since 1970; `after` belongs to it, `before` does not. */
  after?: number | undefined
  before?: number | undefined
  limit: number
  /** `next` of the page before. */
  next?: SearchPosition | undefined
}

export interface SearchPage {
  hits: MessageHit[]
  users: User[]
  next?: SearchPosition
}

/** Of texts that are looked at in one turn of the event loop: a few ms. */
const charsPerTurn = 16 * 1024

/** A message that was found, and where. */
interface PlacedHit {
  hit: MessageHit
  spot: Spot
}

/** The same, and among which kind of what is found, from 0. */
interface Placed extends PlacedHit {
  nth: number
}

/** What is fixed for one request. */
interface Asked {
  tx: Queryable
  user: UserId
  query: Query
  scope: Scope
  first: Spot
  from: number
  sender: UserId | null
  kinds: number | null
  isLate(): boolean
}

/** Searches of one process. */
export class MessageSearch {
  readonly #db: Db
  readonly #clock: Clock
  readonly #stems = new Stems()
  #running = 0
  readonly #waiting: (() => void)[] = []

  constructor({ db, clock }: { db: Db; clock: Clock }) {
    this.#db = db
    this.#clock = clock
  }

  /** Searches that wait for others to end. */
  get waiting(): number {
    return this.#waiting.length
  }

  /**
   * A page of what was found; it may be short or empty although more follows.
   * @throws AppError not_found for a chat that one is not in; overloaded, timeout
   */
  async search(user: UserId, input: SearchInput): Promise<SearchPage> {
    const query = parseQuery(input.query)
    if (query.terms.length === 0) return { hits: [], users: [] }
    await this.#enter()
    try {
      return await this.#db.tx(async tx => {
        await limitStatements(tx, limits.searchStatementMs)
        return this.#page(await this.#ask(tx, user, query, input), input)
      })
    } finally {
      this.#leave()
    }
  }

  async #enter(): Promise<void> {
    if (this.#running < limits.searchesAtOnceMax) {
      this.#running++
      return
    }
    if (this.#waiting.length >= limits.searchesWaitingMax)
      throw new AppError('overloaded', { retryMs: 1_000 })
    await new Promise<void>(resolve => this.#waiting.push(resolve))
  }

  /** Whoever has waited longest takes the place. */
  #leave(): void {
    const next = this.#waiting.shift()
    if (next) next()
    else this.#running--
  }

  async #ask(tx: Queryable, user: UserId, query: Query, input: SearchInput): Promise<Asked> {
    const startedMs = this.#clock.monotonic()
    const chats = await readSearchedChats(tx, user, input.chat ?? null)
    if (input.chat !== undefined && chats.length === 0) throw new AppError('not_found')
    const scope: Scope = { by: input.chat === undefined ? 'at' : 'seq', chats }
    const { after, before } = input
    return {
      tx,
      user,
      query,
      scope,
      first:
        before === undefined
          ? beginning
          : { ...beginning, place: await placeOf(tx, scope, before) },
      from: after === undefined ? 0 : await placeOf(tx, scope, after),
      sender: input.from ?? null,
      kinds: input.kinds ? input.kinds.reduce((bits, kind) => bits | kindBit[kind], 0) : null,
      isLate: () => this.#clock.monotonic() - startedMs > limits.searchMs,
    }
  }

  async #page(asked: Asked, { limit, next }: SearchInput): Promise<SearchPage> {
    const { tx, query, first, isLate } = asked
    const tiers = tiersOf(query, await this.#stems.of(tx, wordsIn(tokensIn(query))))
    const placed: Placed[] = []
    let nth = next?.inside ? 1 : 0
    let below = next ? spotOf(next) : first
    for (let tier = tiers[nth]; tier; tier = tiers[nth]) {
      const { hits, end } = await this.#fill(asked, tier, below, limit - placed.length)
      for (const hit of hits) placed.push({ ...hit, nth })
      if (!end) nth++
      below = end ?? first
      if (end || placed.length >= limit || isLate()) break
    }
    return this.#answer(asked, placed, nth < tiers.length ? positionOf(nth, below) : null)
  }

  /** Up to `limit` messages of one kind, and where to go on; null when there are no more. */
  async #fill(
    asked: Asked,
    { match, wanted }: Tier,
    below: Spot,
    limit: number,
  ): Promise<{ hits: PlacedHit[]; end: Spot | null }> {
    const { tx, scope, from, sender, kinds, isLate } = asked
    const hits: PlacedHit[] = []
    let lists: Promise<string[][]> | undefined
    const lexemes = () => {
      lists ??= this.#lexemes(tx, wanted)
      return lists
    }
    for (let at = below; ; ) {
      const need = limit - hits.length
      const hunt = { match, below: at, from, sender, kinds, lexemes }
      const { spots, end } = await findSpots(tx, scope, hunt, need + 1, isLate)
      hits.push(...(await this.#read(asked, match, spots.slice(0, need))))
      const stop = spots.length > need ? (spots[need - 1] as Spot) : end
      if (!stop || hits.length >= limit || isLate()) return { hits, end: stop }
      at = stop
    }
  }

  /** Of each thing that is wanted, the lexemes under which it is found. */
  async #lexemes(tx: Queryable, wanted: readonly Wanted[]): Promise<string[][]> {
    const lists: string[][] = []
    for (const { lexemes, begin, part } of wanted) {
      const words =
        begin === undefined
          ? await wordsWith(tx, part)
          : await readWordsBeginning(tx, begin, limits.searchWordsMax)
      const stemOf = await this.#stems.of(tx, words)
      lists.push([...new Set([...lexemes, ...words.map(stemOf)])])
    }
    return lists
  }

  /** The messages at these spots, in this order, as they are now: what no longer fits is left out. */
  async #read(
    { tx, user, query }: Asked,
    match: SearchMatch,
    spots: readonly Spot[],
  ): Promise<PlacedHit[]> {
    if (spots.length === 0) return []
    const found = await readFound(tx, user, spots, this.#clock.now())
    const pace = new Pace()
    const texts = new Map<string, { chat: ChatId; message: Message; tokens: Token[] }>()
    for (const { chat, message } of found) {
      const text = textOf({ text: message.text, extra: message })
      texts.set(keyOf(chat, message.seq), { chat, message, tokens: tokensOf(text) })
      await pace.after(text.length)
    }
    const words = [...tokensIn(query), ...[...texts.values()].flatMap(({ tokens }) => tokens)]
    const stemOf = await this.#stems.of(tx, wordsIn(words))
    const hits: PlacedHit[] = []
    for (const spot of spots) {
      const text = texts.get(keyOf(spot.chat, spot.seq))
      if (!text || !fits(match, indexed(text.tokens, stemOf))) continue
      const { chat, message, tokens } = text
      const marks = marksIn(message.text, query, stemOf, message.poll ? undefined : tokens)
      hits.push({ spot, hit: { chat, message, marks, snippet: snippetOf(message.text, marks) } })
      await pace.after(message.text.length)
    }
    return hits
  }

  async #answer(
    { tx }: Asked,
    placed: readonly Placed[],
    end: SearchPosition | null,
  ): Promise<SearchPage> {
    const page = fitForward([...placed], ({ hit }) => estimateBytes(hit.message) + 100)
    const hits = page.map(({ hit }) => hit)
    const users = await readProfiles(tx, peopleIn(hits.map(({ message }) => message)))
    const last = page.at(-1)
    const next = last && page.length < placed.length ? positionOf(last.nth, last.spot) : end
    return next ? { hits, users, next } : { hits, users }
  }
}

/** Lets others come in between long texts: a page of them would hold the event loop for hundreds of ms. */
class Pace {
  #chars = 0

  async after(chars: number): Promise<void> {
    this.#chars += chars
    if (this.#chars < charsPerTurn) return
    this.#chars = 0
    await turn()
  }
}

/** Where in the order of a scope a time is. */
async function placeOf(tx: Queryable, { by, chats: [one] }: Scope, at: number): Promise<number> {
  if (by === 'at' || !one) return at
  const [first] = await readFirstSince(tx, [one.chat], at)
  return first?.seq ?? 0
}

function wordsWith(tx: Queryable, part: string | undefined): Promise<string[]> | string[] {
  return part === undefined ? [] : readWordsContaining(tx, part, limits.searchWordsMax)
}

function keyOf(chat: ChatId, seq: number): string {
  return `${chat}:${seq}`
}

function positionOf(nth: number, spot: Spot): SearchPosition {
  return nth > 0 ? { inside: true, ...spot } : spot
}

function spotOf({ place, chat, seq }: SearchPosition): Spot {
  return { place, chat, seq }
}
