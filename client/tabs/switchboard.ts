// The leading tab's side of a line: carries the requests of all tabs over the one connection, hands events on to every tab and
// answers to whoever asked. A tab whose message was answered instead of told has the others told by a bump. Used by
// shared-line.ts only, which owns the socket.

import { decode, decodeEach, encode, frameType } from '#shared/protocol/codec.ts'
import { type ControlBody, controls } from '#shared/protocol/events.ts'
import { controlFrame } from '#shared/protocol/frames.ts'
import type { ChatId, UserId } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import { type OpIn, type OpOut, ops } from '#shared/protocol/ops.ts'
import type { ChatStore } from '../chat-store.ts'
import { readControl, scanWithin } from '../server-frame.ts'
import type { Sync } from '../sync.ts'
import type { ClientClock } from '../types.ts'
import type { LineMessage, LinkId } from './messages.ts'
import { union, welcome } from './welcome.ts'

/** Numbers of the other tabs' requests begin here; the leading tab's own are lower. */
const refBase = 2 ** 31
/** Requests of other tabs in flight; the leading tab leaves that much room (parts.ts). */
export const othersInFlightMax = 10
/** Longer than anybody waits for an answer. */
const givenUpMs = 20_000
const depth = { depthMax: 2 * limits.frameLevelsMax, itemsMax: 4_096 }

/** Told to the leading tab alone: the others get a sync of their own. */
const ownControls = new Set<number>(
  [controls.helloOk, controls.sync, controls.syncEnd, controls.reconnect].map(({ kind }) => kind),
)

/** What a tab shows. */
interface Looking {
  chats: readonly ChatId[]
  people: readonly UserId[]
}

interface Link extends Looking {
  readonly id: LinkId
  /** Its HELLO, until it is answered. */
  hello: OpIn<'hello'> | undefined
  isLive: boolean
}

interface Request {
  timer?: unknown
  /** undefined: the leading tab's own. */
  link: Link | undefined
  op: number
  ref: number
  body: unknown
}

export interface SwitchboardDeps {
  clock: ClientClock
  store: ChatStore
  sync: Pick<Sync, 'position' | 'wanted'>
  tell(message: LineMessage): void
  /** Sends to the server. */
  send(bytes: Uint8Array): void
  /** Gives the leading tab's client a message as if it came from the server. */
  hear(bytes: Uint8Array): void
}

export class Switchboard {
  readonly #deps: SwitchboardDeps
  readonly #links = new Map<LinkId, Link>()
  /** By the number that the server has. */
  readonly #flying = new Map<number, Request>()
  #waiting: Request[] = []
  #ref = refBase
  #hello: ControlBody<'helloOk'> | undefined
  #isOnline = false
  /** The leading tab itself. */
  readonly #own: Looking = { chats: [], people: [] }

  constructor(deps: SwitchboardDeps) {
    this.#deps = deps
  }

  open(id: LinkId): void {
    this.#links.set(id, { id, hello: undefined, isLive: false, chats: [], people: [] })
    this.#deps.tell({ t: 'opened', link: id })
  }

  /** The other tab has closed the link, or is gone. */
  close(id: LinkId): void {
    const link = this.#links.get(id)
    if (!link) return
    this.#links.delete(id)
    this.#waiting = this.#waiting.filter(request => request.link !== link)
    if (link.chats.length > 0) this.#watch()
    if (link.people.length > 0) this.#presence()
  }

  /** A message of another tab. */
  up(id: LinkId, bytes: Uint8Array): void {
    const link = this.#links.get(id)
    if (!link) return
    const [op, ref, body] = decode(bytes, depth).frame as [number, number, unknown]
    if (op === ops.hello.op) {
      link.hello = body as OpIn<'hello'>
      this.#greet(link)
      return
    }
    note(link, op, body)
    this.#waiting.push({ link, op, ref, body })
    this.#pump()
  }

  /** A message of the leading tab's own client. */
  send(bytes: Uint8Array): void {
    const [op, ref, body] = decode(bytes, depth).frame as [number, number, unknown]
    note(this.#own, op, body)
    if (op === ops.send.op) this.#flying.set(ref, { link: undefined, op, ref, body })
    this.#deps.send(isShared(op) ? encode([op, ref, this.#shared(op, body)]) : bytes)
  }

  /** A message of the server's, which the leading tab's client has taken in. */
  down(bytes: Uint8Array): void {
    if (this.#hello && this.#links.size + this.#flying.size === 0) return
    const frames = decodeEach(bytes, scanWithin)
    const passed = frames.filter(frame => frame && this.#passes(frame))
    // One message may carry all of the sync: then nobody could be greeted before.
    for (const link of this.#links.values()) this.#greet(link)
    if (passed.length === 0 || this.#links.size === 0) return
    const isAll = passed.length === frames.length
    this.#deps.tell({ t: 'all', bytes: isAll ? bytes : joined(passed as unknown[][]) })
  }

  /** The leading tab's sync is complete: the others may begin. */
  online(): void {
    this.#isOnline = true
    this.#deps.tell({ t: 'online' })
    for (const link of this.#links.values()) this.#greet(link)
  }

  /** The connection is gone, and with it every link. */
  end(code: number): void {
    this.#links.clear()
    for (const { timer } of this.#flying.values()) this.#deps.clock.clearTimeout(timer)
    this.#flying.clear()
    this.#waiting = []
    this.#hello = undefined
    this.#isOnline = false
    this.#deps.tell({ t: 'closed', code })
  }

  #greet(link: Link): void {
    const { store, sync, tell } = this.#deps
    const { hello } = link
    const { position, wanted } = sync
    if (!hello || !this.#hello || !this.#isOnline || !position) return
    link.hello = undefined
    link.isLive = true
    const frames = welcome({ hello: this.#hello, store, wanted, ...position }, hello.resume)
    tell({ t: 'down', link: link.id, bytes: joinedBytes(frames), begins: true })
  }

  /** What all tabs look at, in place of what one of them said. */
  #shared(op: number, body: unknown): unknown {
    const all = [this.#own, ...this.#links.values()]
    if (op === ops.watch.op) {
      const lists = [(body as OpIn<'watch'>).chats, ...all.map(({ chats }) => chats)]
      return { chats: union(lists, limits.resumeOpenMax) }
    }
    if (op !== ops.presence.op) return body
    const lists = [(body as OpIn<'presence'>).users, ...all.map(({ people }) => people)]
    return { users: union(lists, limits.presenceUsersMax) }
  }

  #watch(): void {
    this.#ask(ops.watch.op, { chats: [] })
  }

  #presence(): void {
    this.#ask(ops.presence.op, { users: [] })
  }

  /** A request whose answer nobody waits for. */
  #ask(op: number, body: unknown): void {
    if (!this.#isOnline) return
    this.#waiting.push({ link: undefined, op, ref: 0, body })
    this.#pump()
  }

  #pump(): void {
    while (this.#isOnline && this.#othersFlying < othersInFlightMax) {
      const request = this.#waiting.shift()
      if (!request) return
      const ref = ++this.#ref
      this.#flying.set(ref, request)
      request.timer = this.#deps.clock.setTimeout(() => this.#expire(ref), givenUpMs)
      this.#deps.send(encode([request.op, ref, this.#shared(request.op, request.body)]))
    }
  }

  /** Whoever asked has given up long ago. */
  #expire(ref: number): void {
    this.#flying.delete(ref)
    this.#pump()
  }

  get #othersFlying(): number {
    let count = 0
    for (const ref of this.#flying.keys()) if (ref >= refBase) count++
    return count
  }

  /** @returns whether the frame is for all tabs */
  #passes([type, a, b]: unknown[]): boolean {
    if (type === frameType.result || type === frameType.error) {
      this.#answer(type, a as number, b)
      return false
    }
    if (type !== frameType.control) return true
    const control = readControl(a as number, b)
    if (control.name === 'helloOk') this.#hello = control.body
    return !ownControls.has(a as number)
  }

  #answer(type: number, ref: number, body: unknown): void {
    const request = this.#flying.get(ref)
    if (!request) return
    this.#flying.delete(ref)
    this.#deps.clock.clearTimeout(request.timer)
    const { link, op } = request
    if (link && this.#links.get(link.id) === link) {
      const bytes = encode([type, request.ref, body]).slice()
      this.#deps.tell({ t: 'down', link: link.id, bytes })
    }
    if (op === ops.send.op && type === frameType.result) {
      this.#tellOthers(link, (request.body as OpIn<'send'>).chat, body as OpOut<'send'>)
    }
    this.#pump()
  }

  /** The server tells a message to everybody but the connection that sent it. */
  #tellOthers(link: Link | undefined, chat: ChatId, { rev, seq }: OpOut<'send'>): void {
    const bytes = controlFrame('bump', { chat, rev, seq }).slice()
    if (link) this.#deps.hear(bytes)
    for (const other of this.#links.values()) {
      if (other !== link && other.isLive) this.#deps.tell({ t: 'down', link: other.id, bytes })
    }
  }
}

function note(who: Looking, op: number, body: unknown): void {
  if (op === ops.watch.op) who.chats = (body as OpIn<'watch'>).chats
  if (op === ops.presence.op) who.people = (body as OpIn<'presence'>).users
}

function isShared(op: number): boolean {
  return op === ops.watch.op || op === ops.presence.op
}

function joined(frames: readonly unknown[][]): Uint8Array {
  return joinedBytes(frames.map(frame => encode(frame).slice()))
}

function joinedBytes(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}
