// The one way to change a chat durably (but for sending, which has its batch): lock the chat, check the
// actor, give each change its rev, note everything in the outbox, commit, then publish.

import type { ActDetail, ActName } from '#shared/protocol/acts.ts'
import { AppError } from '#shared/protocol/codes.ts'
import type { Entity } from '#shared/protocol/entities.ts'
import type { ChatEventBody, ChatEventName, UserEventName } from '#shared/protocol/events.ts'
import { chatFrame, userFrame } from '#shared/protocol/frames.ts'
import {
  type ChatId,
  type Rev,
  type Rid,
  randomRid,
  type Seq,
  type Urev,
  type UserId,
} from '#shared/protocol/ids.ts'
import {
  type Message,
  type MessageExtra,
  type Service,
  theChat,
  type User,
} from '#shared/protocol/models.ts'
import { defaultRights, isActive, type Role, runsChat } from '#shared/protocol/permissions.ts'
import { assert } from '#shared/runtime/assert.ts'
import { type Act, insertActs } from '#shared/store/audit-log.ts'
import type { BusEvent } from '#shared/store/bus.ts'
import { countMoves } from '#shared/store/chat-days.ts'
import { readChatsOfMany, shownRights } from '#shared/store/chat-views.ts'
import { type ChatInfo, lockChat, storeChat } from '#shared/store/chats.ts'
import type { Queryable } from '#shared/store/db.ts'
import { moveAlone as storeAlone } from '#shared/store/direct-chats.ts'
import {
  lockUsers,
  nextUrevs,
  readAdmins,
  readMember,
  touchUrevs,
  upsertMembers,
} from '#shared/store/members.ts'
import { noteCall } from '#shared/store/mentions.ts'
import { insertMessage, messageKind, type PlacedMessage } from '#shared/store/messages.ts'
import { noteInOutbox } from '#shared/store/outbox.ts'
import { readProfiles } from '#shared/store/profiles.ts'
import type { OwnRun } from '#shared/store/read-marks.ts'
import { readOwnRuns } from './mark-read.ts'
import type { Batch, Services } from './services.ts'

/** A member's new place; only what changes the member list, not read marks and the like. */
export interface Move {
  user: UserId
  role: Role
  rights: number
  /** The role before, `left` for somebody new. */
  from: Role
  /** When a restriction or ban ends; left out for no end. */
  untilAt?: number | null
  /** Leaves while restricted: `rights` and `untilAt` wait for their return. */
  restricted?: boolean
  /** Who did it, if not the actor. */
  by?: UserId
}

/** A message that does not go through the send path: a service message, a poll, a forward, a mirror. */
interface NewChatMessage {
  from: UserId
  /** One of `messageKind`. */
  kind: number
  text?: string
  /** Random when left out. */
  rid?: Rid
  ents?: Entity[] | undefined
  reply?: Seq | undefined
  silent?: boolean | undefined
  extra?: MessageExtra | undefined
  thread?: Seq | undefined
  /** Whom it calls or answers, of a group; those who are no members hear nothing. */
  calls?: readonly UserId[] | undefined
}

/** A chat under its lock, with the changes made so far. */
export class ChatChange {
  readonly tx: Queryable
  /** The locked row; assign to its fields and call touchInfo() to change them. */
  readonly chat: ChatInfo
  readonly actor: UserId
  readonly nowMs: number
  readonly #events: BusEvent[] = []
  readonly #users: { user: UserId; urev: Urev }[] = []
  readonly #acts: Act[] = []
  #infoRev: Rev | null = null
  /** What the actor did, as messages. */
  ownRead: OwnRun | null = null

  constructor(tx: Queryable, chat: ChatInfo, actor: UserId, nowMs: number) {
    this.tx = tx
    this.chat = chat
    this.actor = actor
    this.nowMs = nowMs
  }

  /** Takes the next position of the chat; every rev taken needs exactly one emit(). */
  nextRev(): Rev {
    this.chat.rev += 1
    return this.chat.rev
  }

  /** Writes a message; the caller has checked the right to. @returns it as members see it */
  async addMessage(message: NewChatMessage): Promise<Message> {
    const { id: chat } = this.chat
    const { calls = [] } = message
    const placed = this.#place(message)
    const { seq, rev } = placed
    await insertMessage(this.tx, placed)
    const shown = shownOf(placed)
    for (const user of calls) await noteCall(this.tx, { chat, seq }, user)
    if (calls.length > 0) this.emit('message', rev, { ...shown, calls: [...calls] }, calls)
    else this.emit('message', rev, shown)
    return shown
  }

  /** The message at the chat's next place, and what the chat's rules make of it. */
  #place(message: NewChatMessage): PlacedMessage {
    const { chat, nowMs } = this
    const { from, kind, text = '', rid = randomRid(), silent = false } = message
    const { ents, reply, extra, thread } = message
    chat.seq += 1
    const isService = kind === messageKind.service
    const asChat = chat.kind === 'channel' && (isService || !chat.signatures)
    const expires = chat.autoDeleteS > 0 && !isService ? nowMs + chat.autoDeleteS * 1000 : undefined
    const place = { chat: chat.id, seq: chat.seq, rev: this.nextRev(), at: nowMs }
    const parts = { text, ents, reply, silent, extra, thread }
    return { ...place, sender: from, rid, kind, ...parts, asChat, expires }
  }

  /** Tells in the chat what happened, as a message of its own that counts as unread for all but the actor. */
  async addService(svc: Service): Promise<void> {
    const { seq } = await this.addMessage({
      from: this.actor,
      kind: messageKind.service,
      extra: { svc },
    })
    this.readOwn(seq)
  }

  /** Counts what the actor did as read by them, if everything before it was; told to their devices after the commit. */
  readOwn(seq: Seq): void {
    this.ownRead = {
      user: this.actor,
      chat: this.chat.id,
      from: this.ownRead?.from ?? seq,
      seq,
    }
  }

  /**
   * Gives these members a new urev and tells their devices their places, in which something changed that is not a
   * part of the members' rows themselves: how many wait to be let in.
   */
  async touchPlaces(users: readonly UserId[]): Promise<void> {
    const { chat, tx } = this
    const urevs = await nextUrevs(tx, users)
    await touchUrevs(tx, chat.id, urevs)
    const pairs = [...urevs.keys()].map(user => ({ user, chat: chat.id }))
    for (const { user, chat: seen } of await readChatsOfMany(tx, pairs)) {
      // How many messages call them is true of one moment in the chat's history only.
      const { requests: _, mentions: __, ...me } = seen.me
      const urev = urevs.get(user) as Urev
      const place = { ...me, ...(chat.requests > 0 && { requests: chat.requests }) }
      const frame = Buffer.from(userFrame('place', urev, { chat: chat.id, me: place }))
      this.#events.push({ type: 'user', user, urev, frame })
      this.#users.push({ user, urev })
    }
  }

  /**
   * Notes an administrative act for the chat's log, in the same transaction: rights, bans, links, rules, pins, messages
   * of others deleted and the like. What members do to their own messages and places is none.
   */
  record(action: ActName, detail: ActDetail = {}): void {
    this.#acts.push({ actor: this.actor, action, detail })
  }

  /** Queues the event of a rev for all members; those `called` get it at once also in a large chat. */
  emit<Name extends ChatEventName>(
    name: Name,
    rev: Rev,
    body: ChatEventBody<Name>,
    called: readonly UserId[] = [],
  ): void {
    const frame = Buffer.from(chatFrame(name, this.chat.id, rev, body))
    this.#events.push({
      type: 'chat',
      chat: this.chat.id,
      rev,
      seq: this.chat.seq,
      members: this.chat.members,
      frame,
      ...(called.length > 0 && { called: [...called] }),
    })
  }

  /** Makes the current fields of `chat` known as a change of the chat's own row. */
  touchInfo(): void {
    this.#infoRev = this.nextRev()
    this.#emitInfo(this.#infoRev)
  }

  #emitInfo(rev: Rev): void {
    const { chat } = this
    this.emit('info', rev, {
      kind: chat.kind,
      rights: shownRights(chat.kind, chat.rights),
      members: chat.members,
      ...(chat.title !== null && { title: chat.title }),
      ...(chat.about !== '' && { about: chat.about }),
      ...(chat.username !== null && { username: chat.username }),
      ...(chat.owner !== null && { owner: chat.owner }),
      ...(chat.signatures && { signatures: true as const }),
      ...(chat.linked !== null && { linked: chat.linked }),
      ...(chat.slowModeS > 0 && { slowModeS: chat.slowModeS }),
      ...(chat.autoDeleteS > 0 && { autoDeleteS: chat.autoDeleteS }),
      ...(chat.quarantineS > 0 && { quarantineS: chat.quarantineS }),
      ...(chat.reactions && { reactions: chat.reactions }),
      ...(chat.joinsPerMinute > 0 && { joinsPerMinute: chat.joinsPerMinute }),
    })
  }

  /**
   * Moves members: one rev each, and a user event for those who come or go. Keeps the member count.
   * Of a channel's subscribers the others learn the number only.
   * @throws AppError not_found when somebody who comes has just deleted their account
   */
  async moveMembers(moves: readonly Move[]): Promise<void> {
    if (moves.length === 0) return
    const { chat, tx } = this
    const urevs = await this.#takeUrevs(moves.map(move => move.user))
    const profiles = new Map((await readProfiles(tx, urevs.keys())).map(user => [user.id, user]))
    assertLiving(moves, profiles)
    const changes = moves.map(({ user, role, rights, untilAt = null, restricted = false }) => {
      const urev = urevs.get(user)
      assert(urev !== undefined, 'only existing users are moved')
      return { user, role, rights, untilAt, restricted, rev: this.nextRev(), urev }
    })
    const joinedAt = await upsertMembers(tx, chat.id, changes, {
      lastSeq: chat.seq,
      nowMs: this.nowMs,
    })
    changes.forEach(({ user, role, rights, untilAt, rev, urev }, i) => {
      const profile = profiles.get(user)
      const joined = joinedAt.get(user)
      assert(profile && joined !== undefined, 'a stored member has a profile and a time')
      const from = moves[i]?.from ?? 'left'
      chat.members += Number(isActive(role)) - Number(isActive(from))
      this.#users.push({ user, urev })
      // Before the chat goes on: a gateway that held back what follows would send it to who just left.
      if (!isActive(role)) this.#tellGone(user, urev)
      // Subscribers must not learn of each other, and an event is the same for all: they get the new number only.
      if (chat.kind === 'channel' && !runsChat(role) && !runsChat(from)) {
        this.#emitInfo(rev)
      } else {
        const by = moves[i]?.by ?? this.actor
        const until = untilAt !== null && role !== 'left' ? { until: untilAt } : {}
        const place = { user, role, rights: role === 'left' ? 0 : rights, ...until }
        const { members } = chat
        this.emit('member', rev, { ...place, joinedAt: joined, by, members, profile })
      }
      if (isActive(role)) this.#tellHere(user, urev, rev)
    })
    if (chat.kind !== 'channel') return
    const joined = moves.filter(({ role, from }) => isActive(role) && !isActive(from)).length
    const left = moves.filter(({ role, from }) => !isActive(role) && isActive(from)).length
    await countMoves(tx, chat.id, this.nowMs, { joined, left })
  }

  /**
   * Those who let people in may be told of it later in the same change, so they are locked too: two changes that lock
   * some people first and others later would wait for each other.
   */
  async #takeUrevs(users: readonly UserId[]): Promise<Map<UserId, Urev>> {
    const { chat, tx } = this
    const admins = chat.requests > 0 ? await readAdmins(tx, chat.id) : []
    if (admins.length > 0) await lockUsers(tx, [...users, ...admins.map(row => row.user_id)])
    return nextUrevs(tx, users)
  }

  /**
   * Lets one person of a direct chat see it, or takes it away from them. The other one is told nothing: the change has
   * no rev, and the chat keeps counting two.
   */
  async moveAlone(user: UserId, here: boolean): Promise<void> {
    const urev = (await nextUrevs(this.tx, [user])).get(user)
    assert(urev !== undefined, 'the people of a direct chat exist')
    await storeAlone(this.tx, this.chat.id, user, { here, urev })
    this.#users.push({ user, urev })
    if (here) this.#tellHere(user, urev, this.chat.rev)
    else this.#tellGone(user, urev)
  }

  /**
   * Sets whether anything may be said in the direct chat of these two, and tells the gateways, which drop typing and
   * marks meanwhile and look anew at who of them sees the other's presence.
   */
  setQuiet(quiet: boolean, [user, other]: readonly [UserId, UserId]): void {
    const { chat } = this
    assert(chat.kind === 'direct', 'only direct chats are quiet')
    const rights = quiet ? 0 : defaultRights.direct
    if (chat.rights === rights) return
    chat.rights = rights
    this.#events.push({ type: 'quiet', chat: chat.id, quiet }, { type: 'person', user, other })
  }

  #tellGone(user: UserId, urev: Urev): void {
    const { id: chat } = this.chat
    this.#events.push({ type: 'left', user, urev, chat, frame: frameFor('left', urev, chat) })
  }

  /** A change of role goes this way too: the user's devices read their place in the chat anew. */
  #tellHere(user: UserId, urev: Urev, rev: Rev): void {
    const { id: chat, kind, seq, members } = this.chat
    const quiet = isQuiet(this.chat)
    const frame = frameFor('joined', urev, chat)
    this.#events.push({ type: 'joined', user, urev, chat, kind, rev, seq, members, quiet, frame })
  }

  /** Writes chat row and outbox; called once, last in the transaction. */
  async store(): Promise<Batch> {
    await storeChat(this.tx, this.chat, { infoRev: this.#infoRev, nowMs: this.nowMs })
    if (this.#acts.length > 0) await insertActs(this.tx, this.chat.id, this.#acts)
    const moved = this.#events.some(event => event.type === 'chat')
    if (!moved && this.#users.length === 0) return { outbox: null, events: this.#events }
    const outbox = await noteInOutbox(this.tx, {
      chats: moved ? [{ chat: this.chat.id, rev: this.chat.rev }] : [],
      users: this.#users,
    })
    return { outbox, events: this.#events }
  }
}

/** Who deleted their account a moment ago does not come in: nobody could take that member out again but by hand. */
function assertLiving(moves: readonly Move[], profiles: ReadonlyMap<UserId, User>): void {
  const comes = ({ role, from }: Move) => isActive(role) && !isActive(from)
  if (moves.some(move => comes(move) && profiles.get(move.user)?.deleted)) {
    throw new AppError('not_found')
  }
}

function shownOf(placed: PlacedMessage): Message {
  const { seq, rev, sender, rid, at, text, ents, reply, silent, extra, asChat } = placed
  const { thread, expires } = placed
  return {
    seq,
    rev,
    from: asChat ? theChat : sender,
    rid,
    at,
    text,
    ...(ents?.length && { ents }),
    ...(reply !== undefined && { reply }),
    ...(silent && { silent }),
    ...(thread !== undefined && { thread }),
    ...(expires !== undefined && { expires }),
    ...extra,
  }
}

/** Whether nothing may be said in this direct chat: somebody blocks the other one, or has not answered them yet. */
export function isQuiet({ kind, rights }: Pick<ChatInfo, 'kind' | 'rights'>): boolean {
  return kind === 'direct' && rights === 0
}

function frameFor(
  name: Extract<UserEventName, 'joined' | 'left'>,
  urev: Urev,
  chat: ChatId,
): Uint8Array {
  return Buffer.from(userFrame(name, urev, { chat }))
}

/** The actor's place in the chat, read under its lock. */
export interface LockedPlace {
  role: Role
  rights: number
}

/**
 * Runs `work` on a locked chat that `actor` is a member of, then commits and publishes what it emitted.
 * @param work may run again after a deadlock: no effects but its statements
 * @throws AppError not_found when there is no such chat or the actor is not in it
 */
export async function changeChat<Result>(
  deps: Services,
  chat: ChatId,
  actor: UserId,
  work: (change: ChatChange, me: LockedPlace) => Promise<Result>,
): Promise<Result> {
  return commitChange(deps, async tx => {
    const change = await openChange(deps, tx, chat, actor)
    const me = await readMember(tx, chat, actor)
    if (!me || !isActive(me.role)) throw new AppError('not_found')
    const result = await work(change, me)
    return { change, result }
  })
}

/** The same for somebody who need not be a member (yet). */
export async function openChange(
  deps: Pick<Services, 'clock'>,
  tx: Queryable,
  chat: ChatId,
  actor: UserId,
): Promise<ChatChange> {
  const locked = await lockChat(tx, chat)
  if (!locked) throw new AppError('not_found')
  return new ChatChange(tx, locked, actor, deps.clock.now())
}

/** Commits the change that `work` made in a transaction, then publishes it. */
export async function commitChange<Result>(
  deps: Services,
  work: (tx: Queryable) => Promise<{ change: ChatChange | null; result: Result }>,
): Promise<Result> {
  return commitChanges(deps, async tx => {
    const { change, result } = await work(tx)
    return { changes: change ? [change] : [], result }
  })
}

/** The same for changes of several chats, which were opened in the order of their ids: else two of them may deadlock. */
export async function commitChanges<Result>(
  deps: Services,
  work: (tx: Queryable) => Promise<{ changes: readonly ChatChange[]; result: Result }>,
): Promise<Result> {
  const { batches, ownReads, result } = await deps.db.tx(async tx => {
    const { changes, result } = await work(tx)
    const batches: Batch[] = []
    for (const change of changes) batches.push(await change.store())
    const ownReads = changes.flatMap(({ ownRead }) => ownRead ?? [])
    return { batches, ownReads, result }
  })
  for (const batch of batches) deps.publish(batch)
  // What was asked for has happened; if this fails, it merely stays unread.
  if (ownReads.length > 0) await readOwnRuns(deps, ownReads).catch(() => undefined)
  return result
}
