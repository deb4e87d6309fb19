// Everything the client knows of chats and people, and the rules by which one piece of news changes it:
// states only ever give way to newer ones. No network and no timers; sync.ts feeds it, views.ts reads it.

import type { Me } from '#shared/protocol/http.ts'
import type { ChatId, Rev, Seq, Urev, UserId } from '#shared/protocol/ids.ts'
import type { Chat, Member, Message, Own, User } from '#shared/protocol/models.ts'
import {
  asStored,
  type Calls,
  callsOf,
  isCalled,
  mayCall,
  recount,
  withCall,
  withoutCall,
} from './calls.ts'
import { Position } from './position.ts'
import type { ChatChange } from './server-frame.ts'
import type { Presence } from './types.ts'
import { cutUpTo, hideRows, mergeRow, type Rows, rowAt, tombstone } from './window.ts'

/**
 * One chat. `chat` is its summary as of `chat.rev`; `rows` is complete up to `position.at`. A chat without
 * rows has nothing but the summary, so a fresh summary moves its position; a chat with rows moves only by
 * events and diffs, and a fresher summary just tells that it is behind.
 */
export interface ChatState {
  chat: Chat
  position: Position<ChatChange>
  rows: Rows | undefined
  /** The archive has a stretch of its history that may be taken up as `rows`. */
  kept: boolean
  /** Pages being loaded; what changes meanwhile is kept in `meanwhile` and laid over the page. */
  loads: number
  meanwhile: Message[]
  /** At the top of the screen while the person reads older messages; null at the end. */
  reading: Seq | null
  /** What the user deleted for themself alone, as far as events told: a page or diff on its way may be older. */
  readonly hidden: Set<Seq>
  /** A part of the summary may be old: fetch it. */
  stale: boolean
  /** It is being fetched for that. */
  asked: boolean
  /** What the user chose at messages, as far as pages and events told. */
  own: ReadonlyMap<Seq, Own>
  /** At which moment of the store each of them was told last. */
  readonly ownAt: Map<Seq, number>
  /** Unread messages that call the user. */
  calls: Calls
  /** The urev at which reading last ended the mark `unread`: a place of before that may still come. */
  readAt: Urev
}

/** Hidden messages of a chat that are remembered; pages that are older than this many are long there. */
const hiddenMax = 1_000

export class ChatStore {
  readonly chats = new Map<ChatId, ChatState>()
  readonly presence = new Map<UserId, Presence>()
  users: ReadonlyMap<UserId, User> = new Map()
  /** The user's own names of their contacts, empty where they use theirs; empty before they were loaded. */
  contacts: ReadonlyMap<UserId, string> = new Map()
  /** Whom the user blocks, since when; empty before they were loaded. */
  blocks: ReadonlyMap<UserId, number> = new Map()
  me: Me | null = null
  /** Continue the chat list behind this chat. */
  next: { at: number; chat: ChatId } | undefined
  /** Chats whose views are out of date. */
  readonly touched = new Set<ChatId>()
  /** Chats whose state the archive does not have yet (keeping/keeping.ts). */
  readonly unkept = new Set<ChatId>()
  readonly #changed: () => void
  /** The direct chat with each person. */
  readonly #directs = new Map<UserId, ChatId>()
  /** How often the user's choice at a message was told. */
  #ownMoment = 0

  /** @param changed called after each change, many times a turn */
  constructor(changed: () => void) {
    this.#changed = changed
  }

  /** Forgets everything; identities of the maps stay. */
  reset(): void {
    for (const id of this.chats.keys()) this.#note(id)
    this.chats.clear()
    this.presence.clear()
    this.#directs.clear()
    this.users = new Map()
    this.next = undefined
    this.#changed()
  }

  /** The chat's view is out of date. */
  touch(chat: ChatId): void {
    this.#note(chat)
    this.#changed()
  }

  #note(chat: ChatId): void {
    this.touched.add(chat)
    this.unkept.add(chat)
  }

  /** @returns whether it was held */
  remove(chat: ChatId): boolean {
    const state = this.chats.get(chat)
    if (!state) return false
    if (state.chat.peer !== undefined) this.#directs.delete(state.chat.peer)
    this.chats.delete(chat)
    this.touch(chat)
    return true
  }

  putMe(me: Me): void {
    this.me = me
    this.putUsers([toUser(me)], 'whole')
    this.#changed()
  }

  /** @param parts lists of people have no about text: one that is held stays, unless these are `whole` */
  putUsers(users: readonly User[], parts: 'listed' | 'whole' = 'listed'): void {
    const news = users
      .map(user => (parts === 'whole' ? user : withAbout(user, this.users.get(user.id))))
      .filter(user => !sameUser(this.users.get(user.id), user))
    if (news.length === 0) return
    this.users = new Map([...this.users, ...news.map(user => [user.id, user] as const)])
    this.#touchDirects(news.map(user => user.id))
    this.#changed()
  }

  putContacts(contacts: ReadonlyMap<UserId, string>): void {
    this.#touchDirects(differing(this.contacts, contacts))
    this.contacts = contacts
    this.#changed()
  }

  putBlocks(blocks: ReadonlyMap<UserId, number>): void {
    this.#touchDirects(differing(this.blocks, blocks))
    this.blocks = blocks
    this.#changed()
  }

  #touchDirects(users: Iterable<UserId>): void {
    for (const user of users) {
      const direct = this.#directs.get(user)
      if (direct !== undefined) this.touched.add(direct)
    }
  }

  putPresence(presence: Presence & { user: UserId }): void {
    const { user, ...state } = presence
    this.presence.set(user, state)
    this.#touchDirects([user])
    this.#changed()
  }

  /** Forgets the presence of everybody else. */
  keepPresence(users: ReadonlySet<UserId>): void {
    const others = [...this.presence.keys()].filter(user => !users.has(user))
    for (const user of others) this.presence.delete(user)
    this.#touchDirects(others)
    this.#changed()
  }

  /**
   * Takes a summary, whoever sent it; an older one changes nothing but the user's own marks.
   * @param counted false for one that was put together here: its count of mentions is older than itself
   * @returns the state, and the changes that waited for this position, to be applied next
   */
  putChat(
    chat: Chat,
    counted = true,
  ): { state: ChatState; moved: Rev; released: [Rev, ChatChange][] } {
    const state = this.chats.get(chat.id)
    this.touch(chat.id)
    if (!state) {
      const fresh = freshState(chat)
      this.chats.set(chat.id, fresh)
      if (chat.peer !== undefined) this.#directs.set(chat.peer, chat.id)
      return { state: fresh, moved: chat.rev, released: [] }
    }
    state.chat = this.#cut(state, mergeSummaries(state.chat, chat))
    if (counted) state.calls = recount(state.calls, callsOf(chat))
    const moved = state.position.at
    if (hasRows(state)) {
      state.position.learn(chat.rev)
      return { state, moved, released: [] }
    }
    return { state, moved, released: state.position.moveTo(chat.rev) }
  }

  /** Takes one message in its state: into the window, the summary, and what loading pages must not undo. */
  putMessage(state: ChatState, told: Message): void {
    this.putCall(state, told)
    const message = state.hidden.has(told.seq) ? tombstone(told) : asStored(told)
    if (message.seq <= (state.chat.me.hiddenUpTo ?? 0)) {
      this.putSeq(state, message.seq)
      this.touch(state.chat.id)
      return
    }
    if (state.rows) state.rows = mergeRow(state.rows, message, state.reading)
    if (state.loads > 0) state.meanwhile.push(message)
    const { chat } = state
    const isLast = !chat.last || message.seq > chat.last.seq
    const isNewer = message.seq === chat.last?.seq && message.rev > chat.last.rev
    if (isLast || (isNewer && newerMessage(chat.last, message) === message)) {
      state.chat = {
        ...chat,
        last: message,
        seq: Math.max(chat.seq, message.seq),
        at: isLast && message.seq >= chat.seq ? Math.max(chat.at, message.at) : chat.at,
      }
    }
    this.touch(chat.id)
  }

  /** Keeps count of what calls the user; where only the server can, the summary is stale. */
  putCall(state: ChatState, message: Message): void {
    const { calls, chat, rows } = state
    const { seq, deleted } = message
    if (!this.me || chat.kind !== 'group' || seq <= chat.me.read) return
    if (isCalled(message, this.me.id)) {
      state.calls = withCall(calls, seq)
      this.touch(chat.id)
    }
    if (!deleted) return
    state.calls = withoutCall(calls, seq)
    const before = rowAt(rows, seq)
    const mayBeCounted = seq <= calls.top && calls.count > 0
    if (mayBeCounted && (!before || mayCall(before, this.me))) state.stale = true
  }

  /** Messages came that do not say whom they call, as those of a diff: only the server knows. */
  doubtCalls(state: ChatState, messages: readonly Message[]): void {
    const { me } = this
    if (!me || state.chat.kind !== 'group') return
    const { top } = state.calls
    if (messages.some(message => message.seq > top && mayCall(message, me))) state.stale = true
  }

  /** Takes the server's count of what calls the user. */
  recount(state: ChatState, count: { count: number; top: Seq; read: Seq }): void {
    state.calls = recount(state.calls, count)
    this.touch(state.chat.id)
  }

  /** Takes a chat as it was at the end of an earlier run. @param calls as it was counted then */
  takeBack(chat: Chat, calls: Calls, more: { stale: boolean; kept: boolean }): ChatState {
    const state = { ...freshState(chat), ...more, calls }
    this.chats.set(chat.id, state)
    if (chat.peer !== undefined) this.#directs.set(chat.peer, chat.id)
    this.touch(chat.id)
    return state
  }

  /** Forgets the chat's window and position in favour of this summary. Pages being loaded are useless then. */
  startOver(chat: Chat): void {
    this.chats.set(chat.id, freshState(chat))
    this.touch(chat.id)
  }

  /** The chat's public position is `rev` now; its summary is at least as new. */
  putRev(state: ChatState, rev: Rev): void {
    if (rev > state.chat.rev) state.chat = { ...state.chat, rev }
    this.touch(state.chat.id)
  }

  /** The summary is no longer being asked for. */
  answered(state: ChatState): void {
    if (state.asked) this.touch(state.chat.id)
    state.asked = false
  }

  putSeq(state: ChatState, seq: Seq): void {
    if (seq > state.chat.seq) state.chat = { ...state.chat, seq }
  }

  putInfo(state: ChatState, info: Partial<Chat>): void {
    state.chat = { ...state.chat, ...info }
    this.touch(state.chat.id)
  }

  /** Own role and rights follow a membership change. */
  putMember(state: ChatState, member: Pick<Member, 'user' | 'role' | 'rights' | 'until'>): void {
    if (member.user !== this.me?.id) return
    const { role, rights, until } = member
    const { until: _, ...me } = state.chat.me
    state.chat = {
      ...state.chat,
      me: { ...me, role, rights, ...(until !== undefined && { until }) },
    }
    this.touch(state.chat.id)
  }

  putOwnRead(state: ChatState, seq: Seq): void {
    const { chat } = state
    if (seq <= chat.me.read) return
    state.chat = { ...chat, me: { ...chat.me, read: seq } }
    this.touch(chat.id)
  }

  /** The user has read at this urev of theirs: the chat is no longer marked unread. */
  endUnread(state: ChatState, urev: Urev): void {
    state.readAt = Math.max(state.readAt, urev)
    state.chat = this.#cut(state, state.chat)
    this.touch(state.chat.id)
  }

  /** Takes the user's own place; an older one changes nothing. */
  putPlace(state: ChatState, me: Chat['me']): void {
    state.chat = this.#cut(state, { ...state.chat, me: newerPlace(state.chat.me, me) })
    this.touch(state.chat.id)
  }

  /** Takes what the user chose at a message, in place of what was known of it. */
  putOwn(state: ChatState, own: Own): void {
    if (!state.rows) state.kept = false
    this.#ownMoment++
    state.ownAt.set(own.seq, this.#ownMoment)
    state.own = new Map(state.own).set(own.seq, own)
    this.touch(state.chat.id)
  }

  /** Read it before asking for messages, and hand it to `putOwnOf` with the answer. */
  get ownMoment(): number {
    return this.#ownMoment
  }

  /** Takes what a diff tells of the user's choices; where they chose nothing it says nothing, so there what is held stays. */
  putOwnOfDiff(state: ChatState, told: readonly Own[] | undefined, moment: number): void {
    const seqs = told?.map(own => own.seq) ?? []
    this.putOwnOf(state, seqs, told ?? [], moment)
  }

  /** Takes what an answer tells of the user's choices at these messages, but nothing that was told since it was asked for. */
  putOwnOf(state: ChatState, seqs: readonly Seq[], told: readonly Own[], moment: number): void {
    const bySeq = new Map(told.map(own => [own.seq, own]))
    const news = seqs.filter(
      seq => (state.ownAt.get(seq) ?? 0) <= moment && (bySeq.has(seq) || state.own.has(seq)),
    )
    if (news.length === 0) return
    const held = new Map(state.own)
    for (const seq of news) {
      const own = bySeq.get(seq)
      if (own) held.set(seq, own)
      else held.delete(seq)
    }
    state.own = held
    this.touch(state.chat.id)
  }

  /** The user deleted these messages for themself alone. */
  hide(state: ChatState, seqs: readonly Seq[]): void {
    if (!state.rows) state.kept = false
    for (const seq of seqs) {
      state.hidden.add(seq)
      state.calls = withoutCall(state.calls, seq)
    }
    for (const seq of state.hidden) {
      if (state.hidden.size <= hiddenMax) break
      state.hidden.delete(seq)
    }
    if (state.rows) state.rows = hideRows(state.rows, state.hidden)
    state.chat = this.#cut(state, state.chat)
    this.touch(state.chat.id)
  }

  /** The user cleared the history up to here for themself. */
  clearUpTo(state: ChatState, upTo: Seq): void {
    const { me } = state.chat
    if (upTo <= (me.hiddenUpTo ?? 0)) return
    const place = { ...me, hiddenUpTo: upTo, read: Math.max(me.read, upTo) }
    state.chat = this.#cut(state, { ...state.chat, me: place })
    this.touch(state.chat.id)
  }

  /** A window without what the user deleted for themself. */
  shown({ chat, hidden }: ChatState, rows: Rows): Rows {
    return hideRows(cutUpTo(rows, chat.me.hiddenUpTo ?? 0), hidden)
  }

  /** The summary, and the window too, without what the user deleted for themself and a mark that reading ended. */
  #cut(state: ChatState, told: Chat): Chat {
    const { unread, ...me } = told.me
    const chat = unread && (me.urev ?? 0) < state.readAt ? { ...told, me } : told
    const upTo = chat.me.hiddenUpTo ?? 0
    if (state.rows) state.rows = cutUpTo(state.rows, upTo)
    const { last, ...rest } = chat
    if (!last) return chat
    if (last.seq <= upTo) return rest
    return state.hidden.has(last.seq) && !last.deleted ? { ...chat, last: tombstone(last) } : chat
  }

  putPeerDelivered(state: ChatState, seq: Seq): void {
    if (seq <= (state.chat.peerDelivered ?? 0)) return
    state.chat = { ...state.chat, peerDelivered: seq }
    this.touch(state.chat.id)
  }

  putPeerRead(state: ChatState, seq: Seq): void {
    if (seq <= (state.chat.peerRead ?? 0)) return
    state.chat = { ...state.chat, peerRead: seq }
    this.touch(state.chat.id)
  }
}

/** Whether the chat has, or is about to have, a window: then only events and diffs may move its position. */
export function hasRows(state: ChatState): boolean {
  return state.rows !== undefined || state.loads > 0
}

function freshState(chat: Chat): ChatState {
  return {
    chat,
    position: new Position(chat.rev),
    rows: undefined,
    kept: false,
    loads: 0,
    meanwhile: [],
    reading: null,
    hidden: new Set(),
    stale: false,
    asked: false,
    own: new Map(),
    ownAt: new Map(),
    calls: callsOf(chat),
    readAt: 0,
  }
}

/** The newer summary, with marks and last message that never go back. */
function mergeSummaries(held: Chat, news: Chat): Chat {
  const place = newerPlace(held.me, news.me)
  const newer = news.rev >= held.rev ? news : held
  const base = { ...newer, me: { ...place, ...publicPlace(newer) } }
  const merged: Chat = {
    ...base,
    seq: Math.max(held.seq, news.seq),
    at: Math.max(held.at, news.at),
    me: { ...base.me, read: Math.max(held.me.read, news.me.read) },
  }
  const last = newerMessage(held.last, news.last)
  if (last) merged.last = last
  const peerRead = Math.max(held.peerRead ?? 0, news.peerRead ?? 0)
  if (peerRead > 0) merged.peerRead = peerRead
  const peerDelivered = Math.max(held.peerDelivered ?? 0, news.peerDelivered ?? 0)
  if (peerDelivered > 0) merged.peerDelivered = peerDelivered
  return merged
}

/** Every change of a user's own place takes a higher urev; the read mark moves ahead of them and never goes back. */
function newerPlace(held: Chat['me'], news: Chat['me']): Chat['me'] {
  const newer = (news.urev ?? 0) >= (held.urev ?? 0) ? news : held
  const hiddenUpTo = Math.max(held.hiddenUpTo ?? 0, news.hiddenUpTo ?? 0)
  return {
    ...newer,
    read: Math.max(held.read, news.read),
    ...(hiddenUpTo > 0 && { hiddenUpTo }),
  }
}

function publicPlace(chat: Chat): Pick<Chat['me'], 'role' | 'rights'> {
  return { role: chat.me.role, rights: chat.me.rights }
}

function newerMessage(a: Message | undefined, b: Message | undefined): Message | undefined {
  if (!a || !b) return a ?? b
  if (a.seq !== b.seq) return a.seq > b.seq ? a : b
  // What is deleted, for all or for the user alone, stays so.
  if (a.deleted !== b.deleted) return a.deleted ? a : b
  return a.rev > b.rev ? a : b
}

function toUser({ premiumUntil: _, createdAt: __, ...user }: Me): User {
  return user
}

/** Whose entry is not the same in both. */
function differing<Value>(
  one: ReadonlyMap<UserId, Value>,
  other: ReadonlyMap<UserId, Value>,
): UserId[] {
  const all = new Set([...one.keys(), ...other.keys()])
  return [...all].filter(user => one.get(user) !== other.get(user))
}

function withAbout(user: User, held: User | undefined): User {
  return held?.about === undefined || user.deleted ? user : { ...user, about: held.about }
}

function sameUser(a: User | undefined, b: User): boolean {
  return (
    a !== undefined &&
    a.name === b.name &&
    a.username === b.username &&
    a.about === b.about &&
    a.deleted === b.deleted
  )
}
