// Keeps what the store knows over restarts: writes what changed to the archive, in batches, and puts it back at the start,
// before there is a connection. A batch is one picture of a moment, written whole, so what is kept never stands at a position
// without what belongs to it. A failing archive is given up: everything goes on in memory.

import type { ChatId, Rev, UserId } from '#shared/protocol/ids.ts'
import type { ChatState, ChatStore } from '../chat-store.ts'
import type { Posts } from '../posts.ts'
import type { Profiles } from '../profiles.ts'
import type { Reads } from '../reads.ts'
import type { Sections } from '../sections.ts'
import type { Sync } from '../sync.ts'
import type { ClientClock, DevEvent } from '../types.ts'
import type { Archive, Batch, KeptChat, KeptRows } from './archive.ts'
import { takeBack } from './take-back.ts'

const gatherMs = 500
/** Another tab is ahead: by then the same news have come here. */
const againMs = 2_000
/** Messages of one chat that are kept, the newest ones. */
const rowsMax = 200

export interface KeepingDeps {
  /** The archive of a person; undefined to keep nothing. */
  archive: ((user: UserId) => Archive) | undefined
  clock: ClientClock
  store: ChatStore
  sync: Sync
  sections: Sections
  posts: Posts
  reads: Reads
  profiles: Profiles
  observe(event: DevEvent): void
  /** Nothing is kept from now on, because of this. */
  trouble(error: unknown): void
}

/** What was written of a chat's stretch. */
interface Written {
  rows: ChatState['rows']
  own: ChatState['own']
  at: Rev
  posts: number
}

export class Keeping {
  readonly #deps: KeepingDeps
  #user: UserId | undefined
  #archive: Archive | undefined
  #timer: unknown
  #writing = Promise.resolve()
  /** How often the archive changed hands: what was under way before belongs to nobody. */
  #run = 0
  #isGivenUp = false
  #written = new WeakMap<ChatState, Written>()
  #users: ChatStore['users'] = new Map()
  readonly #sections = new Map<string, unknown>()
  /** Positions and marks as they were written last. */
  #head = ''
  /** Everything held was forgotten since the last batch. */
  #anew = false
  /** The sync after that is complete: half of a chat list is not worth keeping. */
  #whole = false

  constructor(deps: KeepingDeps) {
    this.#deps = deps
  }

  /** Puts back what is kept of this user; once for each user. */
  async load(user: UserId): Promise<void> {
    if (this.#user === user) return
    this.clear()
    this.#user = user
    const run = this.#run
    const archive = this.#deps.archive?.(user)
    const kept = await archive?.read().catch(error => this.#giveUp(error))
    if (run !== this.#run || !archive) return
    this.#archive = archive
    if (!kept) return
    takeBack(this.#deps, kept)
    this.#users = this.#deps.store.users
    for (const [name, value] of this.#deps.sections.loaded()) this.#sections.set(name, value)
    this.#deps.store.unkept.clear()
    this.#whole = true
  }

  /** Something changed: written within half a second. */
  changed(): void {
    if (!this.#archive || !this.#whole || this.#timer !== undefined) return
    this.#after(gatherMs)
  }

  /** All that was held is forgotten, and the sync begins anew. */
  reset(): void {
    this.#anew = true
    this.#whole = false
  }

  /** The sync is complete. */
  synced(): void {
    this.#whole = true
    this.changed()
  }

  /** The stretch kept of a chat, if it still counts. */
  async rowsOf(state: ChatState): Promise<KeptRows | undefined> {
    const stretch = await this.#archive?.rows(state.chat.id).catch(error => this.#giveUp(error))
    return state.kept ? stretch : undefined
  }

  /** Writes at once what is not written yet, for a page that is about to go. */
  async flush(): Promise<void> {
    this.#deps.clock.clearTimeout(this.#timer)
    this.#timer = undefined
    this.#writing = this.#writing.then(() => this.#save())
    await this.#writing
  }

  /** Somebody else may sign in next; what is kept stays. */
  clear(): void {
    this.#run++
    this.#user = undefined
    this.#archive = undefined
    this.#isGivenUp = false
    this.#deps.clock.clearTimeout(this.#timer)
    this.#timer = undefined
    this.#written = new WeakMap()
    this.#users = new Map()
    this.#sections.clear()
    this.#head = ''
    this.#anew = false
    this.#whole = false
  }

  /** Forgets on this device all that is kept of a person. */
  async forget(user: UserId): Promise<void> {
    const { archive } = this.#deps
    this.clear()
    await archive?.(user)
      .forget()
      .catch(() => {})
  }

  #after(ms: number): void {
    this.#deps.clock.clearTimeout(this.#timer)
    this.#timer = this.#deps.clock.setTimeout(() => {
      this.#timer = undefined
      this.#writing = this.#writing.then(() => this.#save())
    }, ms)
  }

  async #save(): Promise<void> {
    const archive = this.#archive
    const position = this.#deps.sync.position
    if (!archive || !position || !this.#whole) return
    const run = this.#run
    const { store } = this.#deps
    const { users } = store
    const dirty = new Set(this.#anew ? store.chats.keys() : store.unkept)
    const clear = this.#anew
    const written = new Map<ChatState, Written>()
    const { epoch, urev } = position
    const batch: Batch = {
      epoch,
      urev,
      next: store.next,
      clear,
      ...this.#chats(dirty, written),
      users: [...users.values()].filter(user => clear || this.#users.get(user.id) !== user),
      sections: this.#deps.sections
        .loaded()
        .filter(([name, value]) => clear || this.#sections.get(name) !== value),
      reads: this.#deps.reads.all(),
    }
    this.#anew = false
    store.unkept.clear()
    const head = JSON.stringify([epoch, urev, batch.next, batch.reads])
    if (head === this.#head && isEmpty(batch)) return
    this.#head = head
    try {
      const isDone = await archive.write(batch)
      if (run !== this.#run) return
      if (isDone) this.#done(batch, users, written)
      else this.#undone(batch, dirty)
    } catch (error) {
      if (run === this.#run) this.#giveUp(error)
    }
  }

  #chats(
    dirty: ReadonlySet<ChatId>,
    written: Map<ChatState, Written>,
  ): Pick<Batch, 'chats' | 'gone' | 'rows' | 'withoutRows'> {
    const { store, posts } = this.#deps
    const parts = {
      chats: [] as KeptChat[],
      gone: [] as ChatId[],
      rows: [] as KeptRows[],
      withoutRows: [] as ChatId[],
    }
    for (const id of dirty) {
      const state = store.chats.get(id)
      if (!state) {
        parts.gone.push(id)
        continue
      }
      parts.chats.push(summaryOf(state))
      const now: Written = {
        rows: state.rows,
        own: state.own,
        at: state.position.at,
        posts: posts.newsOf(id),
      }
      if (state.rows?.atEnd) {
        if (isSame(this.#written.get(state), now)) continue
        parts.rows.push(stretchOf(state, posts))
        written.set(state, now)
      } else if (!state.kept) parts.withoutRows.push(id)
    }
    return parts
  }

  #done(batch: Batch, users: ChatStore['users'], written: Map<ChatState, Written>): void {
    this.#users = users
    for (const [name, value] of batch.sections) this.#sections.set(name, value)
    for (const [state, now] of written) {
      this.#written.set(state, now)
      // Given up meanwhile: it may have been because it does not count any more.
      if (state.rows) state.kept = true
    }
  }

  /** Another tab was ahead. */
  #undone(batch: Batch, dirty: ReadonlySet<ChatId>): void {
    for (const id of dirty) this.#deps.store.unkept.add(id)
    // Also where positions and marks were all that was new.
    this.#head = ''
    this.#anew ||= batch.clear
    this.#after(againMs)
  }

  #giveUp(error: unknown): undefined {
    if (this.#isGivenUp) return
    this.#isGivenUp = true
    this.#archive = undefined
    this.#run++
    this.#deps.trouble(error)
  }
}

function isEmpty({ clear, chats, gone, users, sections }: Batch): boolean {
  return !clear && chats.length + gone.length + users.length + sections.length === 0
}

function isSame(one: Written | undefined, other: Written): boolean {
  return (
    one !== undefined &&
    one.rows === other.rows &&
    one.own === other.own &&
    one.at === other.at &&
    one.posts === other.posts
  )
}

function summaryOf({ chat, calls, stale, asked }: ChatState): KeptChat {
  const later = [...calls.later]
  return { chat, calls: { ...calls, later }, ...((stale || asked) && { stale: true as const }) }
}

/** The newest rows of a window that is at the end. */
function stretchOf({ chat, rows, own, position }: ChatState, posts: Posts): KeptRows {
  const { messages = [], from = 1, to = 0, atStart = true } = rows ?? {}
  const newest = messages.slice(-rowsMax)
  const first = newest.length < messages.length ? (newest[0]?.seq ?? from) : from
  return {
    chat: chat.id,
    at: position.at,
    from: first,
    to,
    atStart: atStart && first === from,
    messages: newest,
    own: [...own.values()].filter(({ seq }) => seq >= first),
    ...posts.kept(chat.id, first),
  }
}
