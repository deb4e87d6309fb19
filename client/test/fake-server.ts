// An in-memory server that keeps the protocol's promises in the plainest way: one log, one lock, no
// fan-out of its own but the bumps of large chats. The SDK's tests compare clients with what it holds.
// Here: its state, how tests change it, and HELLO; the operations stand in files of their own, a family each.

import { decode, encode, frameType } from '#shared/protocol/codec.ts'
import { AppError, type CloseName } from '#shared/protocol/codes.ts'
import type { ChatEventBody, ChatEventName } from '#shared/protocol/events.ts'
import { chatFrame, controlFrame, errorFrame, resultFrame } from '#shared/protocol/frames.ts'
import type { Tokens } from '#shared/protocol/http.ts'
import type { ChatId, Rev, Seq, UserId } from '#shared/protocol/ids.ts'
import type { Message, Own, User } from '#shared/protocol/models.ts'
import { type OpIn, type OpName, type OpOut, opNames, ops } from '#shared/protocol/ops.ts'
import { isActive, type Role } from '#shared/protocol/permissions.ts'
import type { ClientClock } from '../types.ts'
import { type FakeChange, Unbumped } from './fake-bumps.ts'
import { chatFor, isIn, type Place, type ServerChat } from './fake-chat.ts'
import { FakeChoices } from './fake-choices.ts'
import { type Connection, FakeDevices } from './fake-devices.ts'
import { FakeFolders } from './fake-folders.ts'
import { messageHandlers } from './fake-messages.ts'
import type { Peer, Wire } from './fake-network.ts'
import { FakePeople } from './fake-people.ts'
import { readingHandlers } from './fake-reading.ts'
import { changesSince, chatPage, syncHandlers } from './fake-sync.ts'

/** An answer to each operation that the SDK's tests use. */
export type Handlers = {
  [Name in OpName]?: (connection: Connection, user: UserId, body: OpIn<Name>) => OpOut<Name>
}

export class FakeServer {
  readonly chats = new Map<ChatId, ServerChat>()
  readonly urevs = new Map<UserId, number>()
  readonly choices = new FakeChoices()
  readonly people = new FakePeople({
    user: id => this.user(id),
    touch: (user, section) => this.#touch(user, section),
  })
  readonly folders = new FakeFolders(user => this.#touch(user, 'folders'))
  readonly devices: FakeDevices
  epoch = 1
  /** Each send that got an answer. */
  readonly acked: { chat: ChatId; from: UserId; rid: number; seq: Seq }[] = []
  /** The next requests are refused with this. */
  refusals: AppError[] = []
  /** Tokens that HELLO does not take, with the reason. */
  readonly badTokens = new Map<string, CloseName>()
  readonly hellos: OpIn<'hello'>[] = []
  /** Every request after HELLO, in order. */
  readonly requests: { user: UserId; op: OpName; body: unknown }[] = []
  /** Answers to searches, in turn. */
  found: OpOut<'search'>[] = []
  mute = false
  diffBehindMax = 1_000
  diffRowsMax = 200
  chatsPageMax = 100
  /** ms since 1970, by the clock of the test. */
  readonly now: () => number
  readonly #handlers: Handlers

  constructor(clock: ClientClock) {
    this.now = () => clock.now()
    this.devices = new FakeDevices(clock)
    this.#handlers = {
      ...this.people.handlers,
      ...this.folders.handlers,
      ...syncHandlers(this),
      ...messageHandlers(this),
      ...readingHandlers(this),
      ...this.#doors(),
    }
  }

  accept(wire: Wire): Peer {
    const connection: Connection = { wire, user: undefined, watching: [] }
    this.devices.connections.add(connection)
    return {
      receive: bytes => this.#receive(connection, bytes),
      closed: () => {
        this.devices.connections.delete(connection)
      },
    }
  }

  tokens(user: UserId): Tokens {
    return {
      accessToken: `token-${user}`,
      expiresIn: 10 * 365 * 24 * 3600,
      refreshToken: `refresh-${user}`,
      session: Number(user),
      user: { ...this.user(user), premiumUntil: null, createdAt: 0 },
    }
  }

  user(id: UserId): User {
    return { id, name: `User ${id}`, username: `user${id}` }
  }

  addChat(id: ChatId, members: UserId[], title = `Chat ${id}`): ServerChat {
    const chat: ServerChat = {
      id,
      title,
      rev: 0,
      infoRev: 0,
      seq: 0,
      at: this.now(),
      rows: [],
      places: new Map(),
      unbumped: new Unbumped(0),
      isDirect: false,
    }
    this.chats.set(id, chat)
    for (const user of members) this.setRole(chat, user, 'member')
    return chat
  }

  chatsOf(user: UserId): ServerChat[] {
    return [...this.chats.values()].filter(chat => isIn(chat, user))
  }

  /** Adds, removes or changes a member, as any of the membership operations would. */
  setRole(chat: ServerChat, user: UserId, role: Role): void {
    const was = chat.places.get(user)
    if (was?.role === role) return
    const rev = ++chat.rev
    const urev = this.nextUrev(user)
    chat.places.set(user, {
      role,
      read: was?.read ?? 0,
      rev,
      urev,
      own: was?.own ?? {},
      called: [],
    })
    const members = [...chat.places.values()].filter(place => isActive(place.role)).length
    this.emit(chat, 'member', rev, {
      user,
      role,
      rights: 0,
      joinedAt: 0,
      by: user,
      members,
      profile: this.user(user),
    })
    if (isActive(role) !== (was !== undefined && isActive(was.role))) {
      this.devices.tell(user, isActive(role) ? 'joined' : 'left', urev, { chat: chat.id })
    }
  }

  setTitle(chat: ServerChat, title: string): void {
    chat.title = title
    chat.infoRev = ++chat.rev
    const members = [...chat.places.values()].filter(place => isActive(place.role)).length
    this.emit(chat, 'info', chat.rev, { kind: 'group', title, rights: 15, members })
  }

  /** What was told before may not be so any more, though it has the same numbers. */
  rewriteHistory(): void {
    this.epoch++
    for (const chat of this.chats.values()) {
      chat.unbumped.restart(chat.rev)
      chat.title += "'"
      chat.rows = chat.rows.map(row => (row.deleted ? row : { ...row, text: `${row.text}'` }))
    }
    this.closeAll(1006)
  }

  /** A change of a kind that the SDK does not know. */
  emitUnknown(chat: ServerChat): void {
    const rev = ++chat.rev
    this.devices.spread(chat, { name: 'unknown', rev }, rawChatFrame(99, chat.id, rev))
  }

  /** Sends a droppable frame to all who are in the chat. */
  tellAll(chat: ServerChat, frame: Uint8Array): void {
    for (const connection of this.devices.in(chat)) connection.wire.send(frame)
  }

  /** A message of somebody who has no client here. */
  post(chat: ServerChat, from: UserId, text: string, reply?: Seq): Message {
    const message: Message = {
      seq: ++chat.seq,
      rev: ++chat.rev,
      from,
      rid: 1_000_000 + chat.seq,
      at: this.now(),
      text,
      ...(reply !== undefined && { reply }),
    }
    this.add(chat, message)
    return message
  }

  /** Tells how often what was chosen at a message, as the server does now and then. */
  tellSums(chat: ServerChat, seq: Seq): void {
    const row = chat.rows[seq - 1]
    if (!row) throw new Error(`no message ${seq}`)
    const news = { ...this.choices.summed(chat.id, row), rev: ++chat.rev }
    this.put(chat, 'changed', news)
  }

  /** Somebody's device deletes messages for them alone. */
  hide(chat: ServerChat, user: UserId, seqs: readonly Seq[]): void {
    const place = this.placeOf(chat.id, user)
    const urev = this.nextUrev(user)
    place.hidden = { seqs: new Set([...(place.hidden?.seqs ?? []), ...seqs]), urev }
    place.urev = urev
    this.devices.tell(user, 'hidden', urev, { chat: chat.id, seqs: [...seqs] })
  }

  /** Says to everybody where everything stands. */
  bumpAll(): void {
    for (const { user, wire } of this.devices.connections) {
      if (user === undefined) continue
      for (const { id, rev, seq } of this.chatsOf(user)) {
        wire.send(controlFrame('bump', { chat: id, rev, seq }))
      }
      wire.send(controlFrame('userBump', { urev: this.urevs.get(user) ?? 0 }))
    }
  }

  closeAll(code: number): void {
    for (const connection of [...this.devices.connections]) connection.wire.close(code)
  }

  sendAll(bytes: Uint8Array): void {
    for (const { wire } of this.devices.connections) wire.send(bytes)
  }

  get connections(): number {
    return this.devices.connections.size
  }

  #receive(connection: Connection, bytes: Uint8Array): void {
    const [number, ref, input] = decode(bytes).frame as [number, number, unknown]
    const name = opNames[number]
    const { user } = connection
    if (name === undefined) this.devices.close(connection, 'bad_frame')
    else if (name === 'hello') this.#hello(connection, ops.hello.in.parse(input))
    else if (user === undefined) this.devices.close(connection, 'bad_order')
    else this.#answer(connection, user, name, ref, ops[name].in.parse(input))
  }

  #answer(connection: Connection, user: UserId, name: OpName, ref: number, body: unknown): void {
    this.requests.push({ user, op: name, body })
    if (this.mute) return
    try {
      const refusal = name === 'ping' ? undefined : this.refusals.shift()
      if (refusal) throw refusal
      const handler = this.#handlers[name] as
        | ((connection: Connection, user: UserId, body: unknown) => unknown)
        | undefined
      if (!handler) throw new AppError('unknown_op')
      connection.wire.send(resultFrame(ref, handler(connection, user, body)))
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      connection.wire.send(errorFrame(ref, error))
    }
  }

  #hello(connection: Connection, hello: OpIn<'hello'>): void {
    this.hellos.push(hello)
    const refused = this.badTokens.get(hello.token)
    if (refused) {
      this.devices.close(connection, refused)
      return
    }
    const user = Number(/^token-(\d+)/.exec(hello.token)?.[1])
    connection.user = user
    const urev = this.urevs.get(user) ?? 0
    const resume = hello.resume?.epoch === this.epoch ? hello.resume : undefined
    const { wire } = connection
    wire.send(
      controlFrame('helloOk', {
        conn: 'c',
        node: 'n',
        user: this.user(user),
        session: Number(user),
        now: this.now(),
        epoch: this.epoch,
        urev,
        resumed: resume !== undefined,
        limits: { frameBytesMax: 65_536, inFlightMax: 32, messageCharsMax: 4_096 },
      }),
    )
    const page = resume
      ? changesSince(this, user, resume)
      : { ...chatPage(this, user), gone: [], diffs: [] }
    wire.send(controlFrame('sync', page))
    wire.send(controlFrame('syncEnd', { urev }))
  }

  /** Ways into a chat. */
  #doors(): Handlers {
    return {
      /** Tokens are `chat-7`, and `ask-7` where somebody has to say yes first. */
      join: (_connection, user, { token }) => {
        const [how, id] = token.split('-')
        const found = this.chats.get(Number(id))
        if (!found) throw new AppError('not_found')
        if (how === 'ask') return { users: [], requested: true }
        this.setRole(found, user, 'member')
        return { chat: chatFor(found, user), users: [] }
      },
      answerRequest: (_connection, user, { chat, answer }) => {
        const { request: _, ...own } = this.placeOf(chat, user).own
        if (answer === 'accept') this.setOwn(chat, user, own)
        else this.setRole(this.chatOf(chat, user), user, 'left')
        return {}
      },
    }
  }

  /** Tells the devices of a user what was chosen on one of them. */
  tellChosen(user: UserId, chat: ChatId, own: Own): Own {
    const urev = this.nextUrev(user)
    this.choices.urevs.set(user, urev)
    this.devices.tell(user, 'own', urev, { chat, ...own })
    return own
  }

  /** A chat that the user is in. @throws AppError not_found */
  chatOf(id: ChatId, user: UserId): ServerChat {
    const chat = this.chats.get(id)
    if (!chat || !isIn(chat, user)) throw new AppError('not_found')
    return chat
  }

  /** A new message takes its place, which it has a seq and rev for. */
  add(chat: ServerChat, row: Message, origin?: Connection): void {
    chat.rows.push(row)
    chat.at = row.at
    const calls = calledBy(chat, row)
    for (const user of calls) chat.places.get(user)?.called.push(row.seq)
    this.emit(chat, 'message', row.rev, { ...row, ...(calls.length > 0 && { calls }) }, origin)
  }

  placeOf(chat: ChatId, user: UserId): Place {
    const place = this.chatOf(chat, user).places.get(user)
    if (!place) throw new AppError('not_found')
    return place
  }

  /** Replaces what a member decided for themself. */
  setOwn(chat: ChatId, user: UserId, own: Place['own']): OpOut<'setPlace'> {
    const place = this.placeOf(chat, user)
    place.own = own
    place.urev = this.nextUrev(user)
    const { mentions: _, ...me } = chatFor(this.chatOf(chat, user), user).me
    this.devices.tell(user, 'place', place.urev, { chat, me })
    return { me }
  }

  /** A message of the user's own. @throws AppError not_found, forbidden */
  rowOf(chat: ServerChat, seq: Seq, user: UserId): Message {
    const row = chat.rows[seq - 1]
    if (!row) throw new AppError('not_found')
    if (row.from !== user) throw new AppError('forbidden')
    return row
  }

  nextUrev(user: UserId): number {
    const urev = (this.urevs.get(user) ?? 0) + 1
    this.urevs.set(user, urev)
    return urev
  }

  #touch(user: UserId, section: string): number {
    const urev = this.nextUrev(user)
    this.devices.tell(user, 'section', urev, { section })
    return urev
  }

  /** A message in its new state, whose rev it has already. */
  put(chat: ServerChat, name: 'edited' | 'deleted' | 'changed', news: Message): void {
    chat.rows[news.seq - 1] = news
    this.emit(chat, name, news.rev, news)
  }

  /** Tells everybody of a change that was made already. */
  emit<Name extends ChatEventName>(
    chat: ServerChat,
    name: Name,
    rev: Rev,
    body: ChatEventBody<Name>,
    origin?: Connection,
  ): void {
    const change = { name, rev, body } as FakeChange
    this.devices.spread(chat, change, chatFrame(name, chat.id, rev, body), origin)
  }
}

/** Members whom a message calls by name or answers. */
function calledBy({ rows, places }: ServerChat, { from, reply, ents = [] }: Message): UserId[] {
  const answered = reply === undefined ? undefined : rows[reply - 1]
  const people = new Set(ents.flatMap(({ user }) => user ?? []))
  if (answered && !answered.deleted) people.add(answered.from)
  people.delete(from)
  return [...people].filter(user => isActive(places.get(user)?.role ?? 'left'))
}

function rawChatFrame(kind: number, chat: ChatId, rev: Rev): Uint8Array {
  return encode([frameType.chatEvent, kind, chat, rev, { anything: true }])
}
