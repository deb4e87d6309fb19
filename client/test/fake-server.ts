// An in-memory server that keeps the protocol's promises in the plainest way: one log, one lock, no
// fan-out of its own but the bumps of large chats. The SDK's tests compare clients with what it holds.
// Longer than 500 lines: a handler for each operation that the SDK's tests use, all over one state.

import { decode, encode, frameType } from '#shared/protocol/codec.ts'
import { AppError, type CloseName, closeCodes } from '#shared/protocol/codes.ts'
import type {
  ChatEventBody,
  ChatEventName,
  UserEventBody,
  UserEventName,
} from '#shared/protocol/events.ts'
import {
  chatFrame,
  controlFrame,
  ephemeralFrame,
  errorFrame,
  resultFrame,
  userFrame,
} from '#shared/protocol/frames.ts'
import type { Tokens } from '#shared/protocol/http.ts'
import type { ChatId, Rev, Seq, UserId } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import type { Message, Own, User } from '#shared/protocol/models.ts'
import { type OpIn, type OpName, type OpOut, opNames, ops } from '#shared/protocol/ops.ts'
import { isActive, type Role } from '#shared/protocol/permissions.ts'
import type { ClientClock } from '../types.ts'
import { type FakeChange, Unbumped } from './fake-bumps.ts'
import {
  chatFor,
  diffOf,
  isIn,
  mentionsOf,
  type Place,
  type ServerChat,
  seenBy,
} from './fake-chat.ts'
import { FakeChoices } from './fake-choices.ts'
import { FakeFolders } from './fake-folders.ts'
import type { Peer, Wire } from './fake-network.ts'
import { FakePeople } from './fake-people.ts'

interface Connection {
  wire: Wire
  user: UserId | undefined
  open: boolean
  watching: readonly ChatId[]
}

type Handlers = {
  [Name in OpName]?: (connection: Connection, user: UserId, body: OpIn<Name>) => OpOut<Name>
}

export class FakeServer {
  readonly chats = new Map<ChatId, ServerChat>()
  readonly urevs = new Map<UserId, number>()
  readonly choices = new FakeChoices()
  readonly people = new FakePeople({
    user: id => this.user(id),
    touch: (user, section) => {
      const urev = this.#nextUrev(user)
      this.#tell(user, 'section', urev, { section })
      return urev
    },
  })
  readonly folders = new FakeFolders(user => {
    const urev = this.#nextUrev(user)
    this.#tell(user, 'section', urev, { section: 'folders' })
    return urev
  })
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
  fullFanOutMembersMax: number = limits.fullFanOutMembersMax
  bumpTextMax = 1_000
  /** A planted bug: bumps say that they tell everything there ever was. */
  bumpsLie = false
  readonly #clock: ClientClock
  readonly #now: () => number
  readonly #connections = new Set<Connection>()

  constructor(clock: ClientClock) {
    this.#clock = clock
    this.#now = () => clock.now()
  }

  accept(wire: Wire): Peer {
    const connection: Connection = { wire, user: undefined, open: true, watching: [] }
    this.#connections.add(connection)
    return {
      receive: bytes => this.#receive(connection, bytes),
      closed: () => {
        connection.open = false
        this.#connections.delete(connection)
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
      at: this.#now(),
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
    const urev = this.#nextUrev(user)
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
      this.#tell(user, isActive(role) ? 'joined' : 'left', urev, { chat: chat.id })
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
    this.#spread(chat, { name: 'unknown', rev }, rawChatFrame(99, chat.id, rev))
  }

  /** Sends a droppable frame to all who are in the chat. */
  tellAll(chat: ServerChat, frame: Uint8Array): void {
    for (const connection of this.#of(chat)) connection.wire.send(frame)
  }

  /** A message of somebody who has no client here. */
  post(chat: ServerChat, from: UserId, text: string, reply?: Seq): Message {
    const message: Message = {
      seq: ++chat.seq,
      rev: ++chat.rev,
      from,
      rid: 1_000_000 + chat.seq,
      at: this.#now(),
      text,
      ...(reply !== undefined && { reply }),
    }
    this.#add(chat, message)
    return message
  }

  /** Tells how often what was chosen at a message, as the server does now and then. */
  tellSums(chat: ServerChat, seq: Seq): void {
    const row = chat.rows[seq - 1]
    if (!row) throw new Error(`no message ${seq}`)
    const news = { ...this.choices.summed(chat.id, row), rev: ++chat.rev }
    chat.rows[seq - 1] = news
    this.emit(chat, 'changed', news.rev, news)
  }

  /** Somebody's device deletes messages for them alone. */
  hide(chat: ServerChat, user: UserId, seqs: readonly Seq[]): void {
    const place = this.#placeOf(chat.id, user)
    const urev = this.#nextUrev(user)
    place.hidden = { seqs: new Set([...(place.hidden?.seqs ?? []), ...seqs]), urev }
    place.urev = urev
    this.#tell(user, 'hidden', urev, { chat: chat.id, seqs: [...seqs] })
  }

  /** Says to everybody where everything stands. */
  bumpAll(): void {
    for (const { user, wire } of this.#connections) {
      if (user === undefined) continue
      for (const { id, rev, seq } of this.chatsOf(user)) {
        wire.send(controlFrame('bump', { chat: id, rev, seq }))
      }
      wire.send(controlFrame('userBump', { urev: this.urevs.get(user) ?? 0 }))
    }
  }

  closeAll(code: number): void {
    for (const connection of [...this.#connections]) connection.wire.close(code)
  }

  sendAll(bytes: Uint8Array): void {
    for (const { wire } of this.#connections) wire.send(bytes)
  }

  get connections(): number {
    return this.#connections.size
  }

  #receive(connection: Connection, bytes: Uint8Array): void {
    const [number, ref, input] = decode(bytes).frame as [number, number, unknown]
    const name = opNames[number]
    const { user } = connection
    if (name === undefined) this.#close(connection, 'bad_frame')
    else if (name === 'hello') this.#hello(connection, ops.hello.in.parse(input))
    else if (user === undefined) this.#close(connection, 'bad_order')
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

  #close(connection: Connection, name: CloseName): void {
    connection.wire.close(closeCodes[name].code)
  }

  #hello(connection: Connection, hello: OpIn<'hello'>): void {
    this.hellos.push(hello)
    const refused = this.badTokens.get(hello.token)
    if (refused) {
      this.#close(connection, refused)
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
        now: this.#now(),
        epoch: this.epoch,
        urev,
        resumed: resume !== undefined,
        limits: { frameBytesMax: 65_536, inFlightMax: 32, messageCharsMax: 4_096 },
      }),
    )
    wire.send(controlFrame('sync', resume ? this.#changes(user, resume) : this.#everything(user)))
    wire.send(controlFrame('syncEnd', { urev }))
  }

  #everything(user: UserId) {
    return { ...this.#page(user, undefined), gone: [], diffs: [] }
  }

  #changes(user: UserId, resume: NonNullable<OpIn<'hello'>['resume']>) {
    const known = new Map(resume.chats)
    const here = this.chatsOf(user)
    const changed = here.filter(
      chat => known.get(chat.id) !== chat.rev || (chat.places.get(user)?.urev ?? 0) > resume.urev,
    )
    const open = changed.filter(chat => resume.open?.includes(chat.id) && known.has(chat.id))
    const diffs = open.flatMap(chat => {
      const since = known.get(chat.id) ?? 0
      return chat.rev - since > this.diffBehindMax
        ? []
        : [diffOf(chat, user, since, this.diffRowsMax)]
    })
    return {
      chats: changed.map(chat => chatFor(chat, user)),
      users: [],
      gone: [...known.keys()].filter(id => !here.some(chat => chat.id === id)),
      diffs,
    }
  }

  #page(user: UserId, after: { at: number; chat: ChatId } | undefined) {
    const sorted = this.chatsOf(user).sort((a, b) => b.at - a.at || b.id - a.id)
    const rest = after
      ? sorted.filter(chat => chat.at < after.at || (chat.at === after.at && chat.id < after.chat))
      : sorted
    const chats = rest.slice(0, this.chatsPageMax)
    const last = chats.at(-1)
    return {
      chats: chats.map(chat => chatFor(chat, user)),
      users: [],
      ...(rest.length > chats.length && last && { next: { at: last.at, chat: last.id } }),
    }
  }

  readonly #handlers: Handlers = {
    ...this.people.handlers,
    ...this.folders.handlers,
    mentions: (_connection, user, { chat, after = 0, limit = 50 }) => {
      const { called, read } = this.#placeOf(chat, user)
      return { seqs: called.filter(seq => seq > Math.max(after, read)).slice(0, limit) }
    },
    answerRequest: (_connection, user, { chat, answer }) => {
      const { request: _, ...own } = this.#placeOf(chat, user).own
      if (answer === 'accept') this.#setOwn(chat, user, own)
      else this.setRole(this.#chat(chat, user), user, 'left')
      return {}
    },
    ping: () => ({ now: this.#now() }),
    diff: (_connection, user, { chat, since }) => {
      const found = this.#chat(chat, user)
      if (since > found.rev || found.rev - since > this.diffBehindMax) throw new AppError('too_old')
      const page = diffOf(found, user, since, this.diffRowsMax)
      return { ...page, ...this.choices.ofPage(chat, page.messages, user) }
    },
    userDiff: (_connection, user, { since }) => {
      const changed = [...this.chats.values()].filter(
        chat => (chat.places.get(user)?.urev ?? 0) > since,
      )
      const here = changed.filter(chat => isIn(chat, user))
      return {
        urev: this.urevs.get(user) ?? 0,
        chats: here.map(chat => chatFor(chat, user)),
        users: [this.user(user)],
        gone: changed.filter(chat => !here.includes(chat)).map(chat => chat.id),
        sections: [
          ...this.people.changedSince(user, since),
          ...this.folders.changedSince(user, since),
          ...((this.choices.urevs.get(user) ?? 0) > since ||
          changed.some(chat => (chat.places.get(user)?.hidden?.urev ?? 0) > since)
            ? ['rows']
            : []),
        ],
      }
    },
    chats: (_connection, user, { after }) => this.#page(user, after),
    chat: (_connection, user, { chat }) => ({
      chat: chatFor(this.#chat(chat, user), user),
      users: [],
    }),
    /** Tokens are `chat-7`, and `ask-7` where somebody has to say yes first. */
    join: (_connection, user, { token }) => {
      const [how, id] = token.split('-')
      const found = this.chats.get(Number(id))
      if (!found) throw new AppError('not_found')
      if (how === 'ask') return { users: [], requested: true }
      this.setRole(found, user, 'member')
      return { chat: chatFor(found, user), users: [] }
    },
    users: (_connection, _user, { users }) => ({
      users: users
        .filter(id => id < 1_000)
        .map(id => ({ ...this.user(id), ...this.people.about(id) })),
    }),
    send: (connection, user, body) => this.#send(connection, user, body),
    edit: (_connection, user, { chat, seq, text }) => {
      const found = this.#chat(chat, user)
      const row = this.#rowOf(found, seq, user)
      if (row.deleted) throw new AppError('conflict')
      const { ents: _, ...kept } = row
      const at = this.#now()
      const news: Message = { ...kept, text, rev: ++found.rev, edited: at }
      found.rows[seq - 1] = news
      this.emit(found, 'edited', news.rev, news)
      return { rev: news.rev, at }
    },
    delete: (_connection, user, { chat, seqs }) => {
      const found = this.#chat(chat, user)
      for (const seq of seqs) {
        const { from, rid, at, deleted } = this.#rowOf(found, seq, user)
        if (deleted) continue
        const rev = ++found.rev
        const news: Message = { seq, rev, from, rid, at, text: '', deleted: true }
        found.rows[seq - 1] = news
        this.emit(found, 'deleted', rev, news)
      }
      return { rev: found.rev }
    },
    hide: (_connection, user, { chat, seqs }) => {
      this.hide(this.#chat(chat, user), user, seqs)
      return {}
    },
    clearHistory: (_connection, user, { chat, upTo = this.#chat(chat, user).seq }) => {
      const place = this.#placeOf(chat, user)
      place.read = Math.max(place.read, upTo)
      this.#setOwn(chat, user, { ...place.own, hiddenUpTo: upTo })
      return { upTo }
    },
    pin: (_connection, user, { chat, seq, on }) => {
      const found = this.#chat(chat, user)
      const { pinned: _, ...row } = found.rows[seq - 1] as Message
      const news: Message = { ...row, ...(on && { pinned: true }), rev: ++found.rev }
      found.rows[seq - 1] = news
      this.emit(found, 'changed', news.rev, news)
      return { rev: found.rev }
    },
    history: (_connection, user, { chat, before, after, around, limit = 50 }) => {
      const found = this.#chat(chat, user)
      const { rows, rev, seq, posts } = found
      let from = rows.length - limit
      if (before !== undefined) from = before - 1 - limit
      if (around !== undefined) from = around - 1 - (limit >> 1)
      if (after !== undefined) from = after
      const end = before === undefined ? from + limit : before - 1
      const messages = seenBy(found, user, rows.slice(Math.max(0, from), Math.max(0, end)))
      const mine = posts?.mine.get(user)
      const gathered = posts && { counts: posts.counts, ...(mine && { mine }) }
      const own = this.choices.ofPage(chat, messages, user)
      return { messages, ...gathered, ...own, users: [], rev, seq }
    },
    search: () => this.found.shift() ?? { hits: [], users: [] },
    view: (_connection, user, { chat, seqs }) => {
      const { counts = [] } = this.#chat(chat, user).posts ?? {}
      return { counts: counts.filter(({ seq }) => seqs.includes(seq)) }
    },
    react: (_connection, user, { chat, seq, emojis }) => {
      this.#chat(chat, user)
      return { own: this.tellChosen(user, chat, this.choices.react(chat, seq, user, emojis)) }
    },
    vote: (_connection, user, { chat, seq, options }) => {
      this.#chat(chat, user)
      return { own: this.tellChosen(user, chat, this.choices.vote(chat, seq, user, options)) }
    },
    read: (_connection, user, { chat, seq }) => {
      const found = this.#chat(chat, user)
      const place = found.places.get(user)
      const mark = Math.min(seq, found.seq)
      if (!place || (mark <= place.read && !place.own.unread)) return {}
      const hasMoved = mark > place.read
      place.read = Math.max(mark, place.read)
      delete place.own.unread
      place.urev = this.#nextUrev(user)
      const mentions = mentionsOf(found, user)
      const counts = { top: found.seq, ...(mentions > 0 && { mentions }) }
      this.#tell(user, 'read', place.urev, { chat, seq: place.read, ...counts })
      for (const other of hasMoved ? this.#of(found) : []) {
        other.wire.send(ephemeralFrame('reads', { chat, marks: [[user, mark]] }))
      }
      return {}
    },
    delivered: (_connection, user, { chat, seq }) => {
      for (const other of this.#of(this.#chat(chat, user))) {
        if (other.user !== user) other.wire.send(ephemeralFrame('delivered', { chat, seq }))
      }
      return {}
    },
    draft: (_connection, user, { chat, text = '', ents, reply }) => {
      const { draft: _, ...rest } = this.#placeOf(chat, user).own
      const isNone = text === '' && reply === undefined
      const parts = { ...(ents && { ents }), ...(reply !== undefined && { reply }) }
      return this.#setOwn(
        chat,
        user,
        isNone ? rest : { ...rest, draft: { text, ...parts, at: this.#now() } },
      )
    },
    setPlace: (_connection, user, { chat, mutedUntil, unread, pinned }) => {
      const own = { ...this.#placeOf(chat, user).own }
      if (mutedUntil === null) delete own.mutedUntil
      else if (mutedUntil !== undefined) own.mutedUntil = mutedUntil
      if (unread !== undefined) own.unread = unread || undefined
      if (pinned !== undefined) own.pinned = pinned || undefined
      if (pinned) own.pinnedAt = this.#now()
      return this.#setOwn(chat, user, own)
    },
    typing: (_connection, user, { chat }) => {
      for (const other of this.#of(this.#chat(chat, user))) {
        if (other.user !== user) other.wire.send(ephemeralFrame('typing', { chat, user }))
      }
      return {}
    },
    presence: (_connection, _user, { users }) => ({
      users: users.map(user => ({ user, online: user % 2 === 0 })),
    }),
    watch: (connection, _user, { chats }) => {
      for (const id of chats) {
        const chat = connection.watching.includes(id) ? undefined : this.chats.get(id)
        if (chat?.unbumped.due) this.#bump(chat, connection)
      }
      connection.watching = chats
      return {}
    },
  }

  #send(connection: Connection, user: UserId, body: OpIn<'send'>): OpOut<'send'> {
    const chat = this.#chat(body.chat, user)
    if (body.text.trim() === '') throw new AppError('text_empty')
    const present = chat.rows.find(row => row.from === user && row.rid === body.rid)
    const { rid, text, ents, reply } = body
    const row: Message = present ?? {
      seq: ++chat.seq,
      rev: ++chat.rev,
      from: user,
      rid,
      at: this.#now(),
      text,
      ...(ents && { ents }),
      ...(reply !== undefined && { reply }),
    }
    if (!present) this.#add(chat, row, connection)
    this.acked.push({ chat: chat.id, from: user, rid, seq: row.seq })
    return { seq: row.seq, rev: row.rev, at: row.at }
  }

  /** Tells the devices of a user what was chosen on one of them. */
  tellChosen(user: UserId, chat: ChatId, own: Own): Own {
    const urev = this.#nextUrev(user)
    this.choices.urevs.set(user, urev)
    this.#tell(user, 'own', urev, { chat, ...own })
    return own
  }

  #chat(id: ChatId, user: UserId): ServerChat {
    const chat = this.chats.get(id)
    if (!chat || !isIn(chat, user)) throw new AppError('not_found')
    return chat
  }

  #add(chat: ServerChat, row: Message, origin?: Connection): void {
    chat.rows.push(row)
    chat.at = row.at
    const calls = calledBy(chat, row)
    for (const user of calls) chat.places.get(user)?.called.push(row.seq)
    this.emit(chat, 'message', row.rev, { ...row, ...(calls.length > 0 && { calls }) }, origin)
  }

  #placeOf(chat: ChatId, user: UserId): Place {
    const place = this.#chat(chat, user).places.get(user)
    if (!place) throw new AppError('not_found')
    return place
  }

  #setOwn(chat: ChatId, user: UserId, own: Place['own']): OpOut<'setPlace'> {
    const place = this.#placeOf(chat, user)
    place.own = own
    place.urev = this.#nextUrev(user)
    const { mentions: _, ...me } = chatFor(this.#chat(chat, user), user).me
    this.#tell(user, 'place', place.urev, { chat, me })
    return { me }
  }

  #rowOf(chat: ServerChat, seq: Seq, user: UserId): Message {
    const row = chat.rows[seq - 1]
    if (!row) throw new AppError('not_found')
    if (row.from !== user) throw new AppError('forbidden')
    return row
  }

  #nextUrev(user: UserId): number {
    const urev = (this.urevs.get(user) ?? 0) + 1
    this.urevs.set(user, urev)
    return urev
  }

  #of(chat: ServerChat): Connection[] {
    return [...this.#connections].filter(({ user }) => user !== undefined && isIn(chat, user))
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
    this.#spread(chat, change, chatFrame(name, chat.id, rev, body), origin)
  }

  /** Large chats: everything to those who look at them, a bump now and then to the others. */
  #spread(chat: ServerChat, change: FakeChange, frame: Uint8Array, origin?: Connection): void {
    const members = [...chat.places.values()].filter(place => isActive(place.role)).length
    const isLarge = members > this.fullFanOutMembersMax
    const { unbumped } = chat
    unbumped.add(change)
    let others = false
    for (const connection of this.#of(chat)) {
      if (connection === origin) continue
      if (!isLarge || connection.watching.includes(chat.id)) connection.wire.send(frame)
      else {
        others = true
        this.#call(chat, change, connection)
      }
    }
    if (!others || unbumped.due) return
    unbumped.due = true
    this.#clock.setTimeout(() => {
      if (!unbumped.due) return
      for (const connection of this.#of(chat)) {
        if (!connection.watching.includes(chat.id)) this.#bump(chat, connection)
      }
      unbumped.restart(chat.rev)
    }, limits.bumpEveryMs)
  }

  /** Whom a message calls is told at once. */
  #call(chat: ServerChat, change: FakeChange, { user, wire }: Connection): void {
    if (change.name !== 'message' || !change.body.calls?.includes(user ?? 0)) return
    const bump = chat.unbumped.bump(chat, this.bumpTextMax)
    wire.send(controlFrame('bump', { ...bump, calls: [change.body] }))
  }

  #bump(chat: ServerChat, { wire }: Connection): void {
    const bump = chat.unbumped.bump(chat, this.bumpTextMax)
    wire.send(controlFrame('bump', this.bumpsLie ? { ...bump, since: 0 } : bump))
  }

  #tell<Name extends UserEventName>(
    user: UserId,
    name: Name,
    urev: number,
    body: UserEventBody<Name>,
  ): void {
    for (const connection of this.#connections) {
      if (connection.user === user) connection.wire.send(userFrame(name, urev, body))
    }
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
