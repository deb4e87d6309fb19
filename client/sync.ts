// Keeps the store equal to the server: takes events and sync pages in, notices what is missing by rev
// and urev, and fetches it. The rule for each chat: the next rev is applied, a lower one dropped, a higher
// one held for a moment and then fetched: as a diff when the chat has a window, else as a fresh summary,
// which is all that is kept of a chat without one. A window that nobody looks at waits while the summary is
// current. position.ts counts; chat-store.ts merges. Longer than 500 lines, as every way by which news comes (events, bumps,
// pages, diffs, answers, acknowledgements) has to keep that one rule.

import { AppError } from '#shared/protocol/codes.ts'
import type { ControlBody } from '#shared/protocol/events.ts'
import type { ChatId, Rev, Urev } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import type { Chat, Diff, Message, User } from '#shared/protocol/models.ts'
import type { OpIn } from '#shared/protocol/ops.ts'
import { applySummaryChange } from './apply-summary-change.ts'
import { applyUserChange } from './apply-user-change.ts'
import { bumped } from './bump.ts'
import { type ChatState, type ChatStore, hasRows } from './chat-store.ts'
import { Errands } from './errands.ts'
import { fetchDiff } from './fetch-diff.ts'
import type { Profiles } from './profiles.ts'
import { fitting } from './resume.ts'
import type { Rpc } from './rpc.ts'
import {
  type ChatChange,
  readChatChange,
  readControl,
  readUserChange,
  type ServerFrame,
  type UserChange,
} from './server-frame.ts'
import type { ClientClock, DevCounters, DevEvent } from './types.ts'
import type { TypingMarks } from './typing-marks.ts'
import { UserSync } from './user-sync.ts'

export interface SyncDeps {
  store: ChatStore
  rpc: Rpc
  clock: ClientClock
  profiles: Profiles
  typing: TypingMarks
  counters: DevCounters
  observe(event: DevEvent): void
  /** A message was put into the store, or the chat's position moved past it. */
  settled(chat: ChatId, message: Message): void
  /** The chat's position changed. */
  moved(chat: ChatId, at: Rev): void
  /** The chat's window is gone and wanted again if it is on screen. */
  windowDropped(chat: ChatId): void
  /** Whether the chat's window must be up to date: it is on screen, or own messages wait for their place in it. */
  inUse(chat: ChatId): boolean
  profile(user: User): void
  /** A part of the user's state that is loaded whole changed. */
  sectionStale(section: string): void
  /** The user's own state is too far behind: connect anew without a resume. */
  startOver(): void
  /** Everything held is about to be forgotten. */
  wasReset(): void
}

/** Changes that are kept for a chat until an answer brings it. */
const earlyMax = 16

export class Sync {
  readonly #deps: SyncDeps
  readonly #chatErrands: Errands<ChatId>
  readonly #user: UserSync
  /** Chats that are known to exist but not held, with the highest rev heard of. */
  readonly #wanted = new Map<ChatId, Rev>()
  /** Changes of the user's own in chats that are not held: an answer on its way may be older. The last ones of each. */
  readonly #early = new Map<ChatId, [change: UserChange, urev: Urev][]>()
  /** The how-manieth removal took a chat last; an answer asked for before that is no longer true. */
  readonly #removals = new Map<ChatId, number>()
  #removalCount = 0
  #epoch: number | undefined
  /** Where the last HELLO said that chats stand. */
  #told: ReadonlyMap<ChatId, Rev> = new Map()

  constructor(deps: SyncDeps) {
    this.#deps = deps
    const { clock, rpc, startOver } = deps
    this.#chatErrands = new Errands({ clock, run: chat => this.#catchUp(chat) })
    this.#user = new UserSync({
      rpc,
      clock,
      startOver,
      apply: (change, urev) => this.#applyToUser(change, urev),
      applyDiff: diff => {
        this.#deps.store.putUsers(diff.users)
        // One's own profile is there too, and may be what changed.
        for (const person of diff.users) this.#deps.profile(person)
        for (const chat of diff.chats) this.#putChat(chat)
        for (const chat of diff.gone) this.remove(chat)
        for (const section of diff.sections) this.#deps.sectionStale(section)
      },
    })
  }

  /**
   * What HELLO says about what is held, or nothing when that is nothing. Chats that do not fit are
   * forgotten, those longest silent first: the chat list goes on behind the last one kept.
   * @param open chats on screen, at most limits.resumeOpenMax
   * @param roomBytes of the encoded list of chats
   */
  resume(open: readonly ChatId[], roomBytes: number): OpIn<'hello'>['resume'] {
    if (this.#epoch === undefined) return undefined
    const { store } = this.#deps
    const { chats, rest, last } = fitting(store.chats.values(), new Set(open), roomBytes)
    for (const chat of rest) this.remove(chat)
    if (rest.length > 0 && last) store.next = { at: last.chat.at, chat: last.chat.id }
    this.#told = new Map(chats)
    return { epoch: this.#epoch, urev: this.#user.at, chats, open: [...open] }
  }

  /** Where the user's own state stands, and how far it is known to reach; undefined while nothing is held. */
  get position(): { epoch: number; urev: Urev; known: Urev } | undefined {
    const { at: urev, known } = this.#user
    return this.#epoch === undefined ? undefined : { epoch: this.#epoch, urev, known }
  }

  /** Chats that are being asked for, and how far each is known to reach. */
  get wanted(): ReadonlyMap<ChatId, Rev> {
    return this.#wanted
  }

  /** The store holds what an earlier run left: the next HELLO speaks of it. */
  goOnFrom({ epoch, urev }: { epoch: number; urev: Urev }): void {
    this.#epoch = epoch
    this.#user.reset(urev)
  }

  /** Forgets everything held. */
  reset(): void {
    this.#deps.wasReset()
    this.#epoch = undefined
    this.#told = new Map()
    this.#user.reset(0)
    this.#wanted.clear()
    this.#early.clear()
    this.#chatErrands.clear()
    this.#deps.profiles.reset()
    this.#deps.typing.clear()
    this.#deps.store.reset()
    this.#deps.observe({ type: 'reset' })
  }

  down(): void {
    this.#chatErrands.down()
    this.#user.down()
    this.#deps.profiles.errands.down()
  }

  /** HELLO was accepted. @returns whether what was held still counts */
  begin(hello: ControlBody<'helloOk'>): boolean {
    const resumed = hello.resumed && hello.epoch === this.#epoch
    if (!resumed) {
      this.reset()
      this.#epoch = hello.epoch
      this.#user.reset(hello.urev)
    }
    this.#user.learn(hello.urev, 0)
    this.#deps.profile(hello.user)
    return resumed
  }

  control(frame: ServerFrame & { type: 'control' }): void {
    const control = readControl(frame.kind, frame.body)
    if (control.name === 'sync') this.#page(control.body)
    else if (control.name === 'bump') this.#bump(control.body)
    else if (control.name === 'userBump') this.learnUser(control.body.urev)
  }

  #page(page: ControlBody<'sync'>): void {
    this.#deps.store.putUsers(page.users)
    for (const chat of page.chats) this.#putChat(chat)
    for (const chat of page.gone) this.remove(chat)
    for (const diff of page.diffs) {
      const state = this.#deps.store.chats.get(diff.chat)
      // A first page of several is not applied: the catch-up below fetches them all.
      if (!state || diff.more) continue
      // Its window was taken up since, and is older than what HELLO said.
      if (state.position.at < (this.#told.get(diff.chat) ?? 0)) continue
      // What changed at other messages while we were away is a change of `rows`: their pages are loaded anew.
      this.#deps.store.putOwnOfDiff(state, diff.own, 0)
      this.#applyDiff(state, [diff])
    }
    if (page.next) this.#deps.store.next = page.next
  }

  /** The sync is complete: what it did not bring is fetched. */
  end({ urev }: ControlBody<'syncEnd'>): void {
    this.#user.learn(urev, 0)
    for (const chat of this.#wanted.keys()) this.#chatErrands.flag(chat)
    for (const state of this.#deps.store.chats.values()) this.check(state, 0)
    this.#chatErrands.up()
    this.#user.up()
    this.#deps.profiles.errands.up()
  }

  /** HOT: per chat event. */
  chatEvent(frame: ServerFrame & { type: 'chat' }): void {
    const change = readChatChange(frame.kind, frame.body)
    if (change.name === 'bad') {
      this.#deps.counters.badFrames++
      this.learn(frame.chat, frame.rev)
      return
    }
    this.#offer(frame.chat, frame.rev, change, 'event')
  }

  userEvent(frame: ServerFrame & { type: 'user' }): void {
    const change = readUserChange(frame.kind, frame.body)
    if (change.name === 'bad') {
      this.#deps.counters.badFrames++
      this.learnUser(frame.urev)
      return
    }
    this.#user.offer(frame.urev, change)
  }

  /**
   * An own message was acknowledged: it takes its place in the order like an event.
   * @param chat
   * @param message as it was sent, with the place that the server gave it
   */
  ack(chat: ChatId, message: Message): void {
    if (this.#deps.store.chats.has(chat)) {
      this.#offer(chat, message.rev, { name: 'message', body: message }, 'ack')
    }
  }

  /**
   * An own edit was acknowledged; as `ack`, if nothing lies before it. What does may have changed the same message: then
   * only the edit's event, or a diff, says what it looks like.
   */
  ackEdit(chat: ChatId, message: Message): void {
    const at = this.#deps.store.chats.get(chat)?.position.at
    if (at === undefined) return
    if (at < message.rev - 1) this.learn(chat, message.rev)
    else this.#offer(chat, message.rev, { name: 'edited', body: message }, 'ack')
  }

  /** The chat is known to have reached `rev`; if no event says how, it is fetched. */
  learn(chat: ChatId, rev: Rev, holdMs?: number): void {
    const state = this.#deps.store.chats.get(chat)
    if (!state) {
      this.#want(chat, rev)
      return
    }
    state.position.learn(rev)
    this.check(state, holdMs)
  }

  #bump(bump: ControlBody<'bump'>): void {
    const held = this.#deps.store.chats.get(bump.chat)?.chat
    const chat = held && bumped(held, bump)
    if (chat) this.#putChat(chat, false)
    else this.learn(bump.chat, bump.rev, limits.gapHoldMs + this.#spreadMs(held))
    const state = this.#deps.store.chats.get(bump.chat)
    if (state) for (const message of bump.calls ?? []) this.#deps.store.putCall(state, message)
  }

  /** Thousands may hear the same bump: who does not look at the chat asks at a time of their own. */
  #spreadMs(chat: Chat | undefined): number {
    const isLarge = chat !== undefined && chat.members > limits.fullFanOutMembersMax
    if (!isLarge || this.#deps.inUse(chat.id)) return 0
    return this.#deps.clock.random() * limits.bumpEveryMs
  }

  learnUser(urev: number): void {
    this.#user.learn(urev)
  }

  /** Fetches what is missing of a chat, if anything, unless it comes by itself in `holdMs`. */
  check(state: ChatState, holdMs: number = limits.gapHoldMs): void {
    if (this.#isMissing(state)) this.#chatErrands.flag(state.chat.id, holdMs)
    else if (state.stale) this.#chatErrands.flag(state.chat.id)
  }

  /** Whether changes must be fetched: not those that only a window lacks which nobody looks at. */
  #isMissing(state: ChatState): boolean {
    const { chat, position, rows, loads } = state
    if (!position.behind) return false
    const mayWait = rows !== undefined && loads === 0 && chat.rev >= position.known
    return !mayWait || this.#deps.inUse(chat.id)
  }

  /** Read it before asking for chats, and hand it to `put` with the answer. */
  get moment(): number {
    return this.#removalCount
  }

  /** Takes a chat and people from an answer, but no chat that was removed since `moment`. */
  put(answer: { chat: Chat; users: User[] }, moment: number): void {
    this.#deps.store.putUsers(answer.users)
    if ((this.#removals.get(answer.chat.id) ?? 0) <= moment) this.#putChat(answer.chat)
  }

  /** The chat's state, fetched if it is not held. @throws AppError not_found when it is not ours to see */
  async fetch(chat: ChatId): Promise<ChatState> {
    const held = this.#deps.store.chats.get(chat)
    if (held) return held
    await this.#refresh(chat)
    const state = this.#deps.store.chats.get(chat)
    // Left while the answer was on its way.
    if (!state) throw new AppError('not_found')
    return state
  }

  remove(chat: ChatId): void {
    this.#removals.set(chat, ++this.#removalCount)
    this.#wanted.delete(chat)
    this.#chatErrands.drop(chat)
    if (this.#deps.store.remove(chat)) this.#deps.observe({ type: 'dropped', chat })
  }

  #want(chat: ChatId, rev: Rev): void {
    this.#wanted.set(chat, Math.max(rev, this.#wanted.get(chat) ?? 0))
    this.#chatErrands.flag(chat)
  }

  #putChat(chat: Chat, counted = true): void {
    const isNew = !this.#deps.store.chats.has(chat.id)
    const { state, moved, released } = this.#deps.store.putChat(chat, counted)
    if (isNew) this.#applyEarly(chat.id)
    const to = state.position.at - released.length
    if (isNew || to > moved) {
      const from = isNew ? 0 : moved
      this.#deps.observe({ type: 'moved', chat: chat.id, from, to, by: 'summary', messages: [] })
    }
    // Left and joined again while it was on screen.
    if (isNew) this.#deps.windowDropped(chat.id)
    this.#applyAll(state, released, 'event')
    state.position.learn(this.#wanted.get(chat.id) ?? 0)
    this.#wanted.delete(chat.id)
    if (chat.peer !== undefined) this.#deps.profiles.want(chat.peer)
    if (chat.last) {
      this.#deps.profiles.want(chat.last.from)
      this.#deps.settled(chat.id, chat.last)
    }
    this.#deps.moved(chat.id, state.position.at)
    this.check(state)
  }

  #offer(chat: ChatId, rev: Rev, change: ChatChange, by: 'event' | 'ack'): void {
    const state = this.#deps.store.chats.get(chat)
    if (!state) {
      this.#want(chat, rev)
      return
    }
    const { position } = state
    if (rev <= position.at) this.#deps.counters.duplicates++
    else if (rev > position.at + 1 && !position.behind) this.#deps.counters.gaps++
    this.#applyAll(state, position.offer(rev, change), by)
    this.check(state)
  }

  #applyAll(state: ChatState, changes: [Rev, ChatChange][], by: 'event' | 'ack'): void {
    for (const [rev, change] of changes) this.#apply(state, rev, change, by)
    if (changes.length > 0) this.#deps.moved(state.chat.id, state.position.at)
  }

  #apply(state: ChatState, rev: Rev, change: ChatChange, by: 'event' | 'ack'): void {
    const { store, observe } = this.#deps
    const chat = state.chat.id
    const isMessage =
      change.name === 'message' ||
      change.name === 'edited' ||
      change.name === 'deleted' ||
      change.name === 'changed'
    if (isMessage) this.#putMessage(state, change.body)
    else if (change.name === 'member' || change.name === 'info') {
      const isOut = applySummaryChange(store, state, rev, change)
      if (isOut) this.remove(chat)
    }
    store.putRev(state, rev)
    const event = { type: 'applied', chat, rev, by, name: change.name } as const
    observe(isMessage ? { ...event, message: change.body } : event)
  }

  #putMessage(state: ChatState, message: Message): void {
    const chat = state.chat.id
    this.#deps.store.putMessage(state, message)
    this.#deps.typing.end(chat, message.from)
    for (const user of [message.from, ...(message.svc?.users ?? [])]) {
      this.#deps.profiles.want(user)
    }
    this.#deps.settled(chat, message)
  }

  #keepEarly(chat: ChatId, change: UserChange, urev: Urev): void {
    const kept = this.#early.get(chat) ?? []
    this.#early.set(chat, [...kept.slice(1 - earlyMax), [change, urev]])
  }

  #applyEarly(chat: ChatId): void {
    const kept = this.#early.get(chat) ?? []
    this.#early.delete(chat)
    for (const [change, urev] of kept) this.#applyToUser(change, urev)
  }

  #applyToUser(change: UserChange, urev: Urev): void {
    const { store, profile, sectionStale } = this.#deps
    applyUserChange(
      {
        store,
        profile,
        sectionStale,
        early: chat => this.#keepEarly(chat, change, urev),
        joined: chat => this.#want(chat, 0),
        left: chat => this.remove(chat),
      },
      change,
      urev,
    )
  }

  async #catchUp(chat: ChatId): Promise<void> {
    const state = this.#deps.store.chats.get(chat)
    if (!state) {
      if (this.#wanted.has(chat)) await this.#refresh(chat).catch(ignoreAbsent)
      return
    }
    if (!state.position.behind && !state.stale) return
    const before = state.position.at
    if (state.position.behind && hasRows(state)) await this.#diff(state)
    else await this.#refresh(chat).catch(ignoreAbsent)
    if (this.#deps.store.chats.get(chat) !== state) return
    if (!state.position.behind && !state.stale) return
    // The server has not reached yet what it told us of, or a diff is needed now: not in a tight loop.
    if (state.position.at === before && !state.stale && !hasRows(state))
      throw new AppError('timeout')
    this.check(state, 0)
  }

  /** Fetches the summary; the chat is removed when it is not ours to see any more. */
  async #refresh(chat: ChatId): Promise<void> {
    const { moment } = this
    const state = this.#deps.store.chats.get(chat)
    const wasStale = state?.stale
    if (state) Object.assign(state, { stale: false, asked: wasStale })
    try {
      const answer = await this.#deps.rpc.request('chat', { chat })
      // Newer news was laid over what is old, and the answer cannot say what of it still is.
      const isOvertaken = wasStale && state && state.chat.rev > answer.chat.rev
      this.put(answer, moment)
      if (isOvertaken) throw new AppError('timeout')
    } catch (error) {
      if (state) state.stale = true
      if (error instanceof AppError && error.code === 'not_found') this.remove(chat)
      throw error
    } finally {
      if (state) this.#deps.store.answered(state)
    }
  }

  async #diff(state: ChatState): Promise<void> {
    const { position } = state
    const chat = state.chat.id
    let pages: Diff[]
    this.#deps.counters.diffs++
    try {
      pages = await fetchDiff(this.#deps, state)
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      if (error.code === 'too_old') return this.#startChatOver(state)
      if (error.code !== 'not_found') throw error
      if (this.#deps.store.chats.get(chat) === state) this.remove(chat)
      return
    }
    if (this.#deps.store.chats.get(chat) !== state || state.position !== position) return
    const before = position.at
    this.#applyDiff(state, pages)
    // The server has not reached yet what it told us of: ask again, later and later.
    if (state.position.behind && state.position.at === before) throw new AppError('timeout')
  }

  /** Too far behind for a diff: the window is given up and the summary says where we are now. */
  async #startChatOver(state: ChatState): Promise<void> {
    const { store, rpc, observe, windowDropped } = this.#deps
    const chat = state.chat.id
    const answer = await rpc.request('chat', { chat })
    if (store.chats.get(chat) !== state) return
    observe({ type: 'dropped', chat })
    store.startOver(answer.chat)
    observe({ type: 'moved', chat, from: 0, to: answer.chat.rev, by: 'summary', messages: [] })
    this.put(answer, this.moment)
    windowDropped(chat)
  }

  #applyDiff(state: ChatState, pages: Diff[]): void {
    const { store, observe } = this.#deps
    const last = pages.at(-1)
    if (!last) return
    const from = state.position.at
    const messages = pages.flatMap(page => page.messages).sort((a, b) => a.seq - b.seq)
    for (const page of pages) store.putUsers(page.users)
    for (const message of messages) this.#putMessage(state, message)
    store.putSeq(state, last.seq)
    const info = pages.findLast(page => page.info)?.info
    const early = info ? store.putChat(info).released : []
    // A last page speaks of its own stretch only: what changed the chat itself may lie before it.
    const mayHaveChanged = pages.length > 1 || pages.some(page => page.members.length > 0)
    if (!info && mayHaveChanged) state.stale = true
    store.doubtCalls(state, messages)
    const released = [...early, ...state.position.moveTo(last.rev)]
    store.putRev(state, last.rev)
    const to = state.position.at - released.length
    if (to > from) {
      observe({ type: 'moved', chat: state.chat.id, from, to, by: 'diff', messages })
    }
    this.#applyAll(state, released, 'event')
    this.#deps.moved(state.chat.id, state.position.at)
    this.check(state)
  }
}

/** `#refresh` has removed the chat already. */
function ignoreAbsent(error: unknown): void {
  if (!(error instanceof AppError && error.code === 'not_found')) throw error
}
