// One client that comes back whatever happens: it keeps epoch, urev and each chat's rev, says them in HELLO, waits
// between attempts as long as the SDK does, and sends unanswered messages again. Lean, since ten thousand of them
// share a process with nothing but storm.ts; the rules of waiting are the SDK's own.

import { afterClose, backoffMs, soonMs } from '#client/backoff.ts'
import { encode, frameType } from '#shared/protocol/codec.ts'
import { closeCodes } from '#shared/protocol/codes.ts'
import { type ControlBody, controls } from '#shared/protocol/events.ts'
import { limits } from '#shared/protocol/limits.ts'
import type { Chat } from '#shared/protocol/models.ts'
import { ops } from '#shared/protocol/ops.ts'
import { explained } from './crowd.ts'
import type { Member } from './dialect.ts'
import { decodeFrame, otherRefs, petrel } from './dialects/petrel.ts'
import { Positions } from './positions.ts'
import { type Address, clientFrame, Wire, WireError } from './wire.ts'

/** What a client tells its storm. */
export interface StormEvents {
  /** It is in: its sync is complete. */
  onIn(client: StormClient): void
  /** An attempt failed, or the connection of one who was in ended; it tries again by itself. */
  onOut(client: StormClient, reason: string, wasIn: boolean): void
  /** No further attempt helps. */
  onHopeless(error: Error): void
  /** A message was answered. */
  onAnswer(taken: boolean): void
  /** It asked for a chat because events were missing. */
  onAsk(): void
}

/** As long as the SDK waits for the end of the sync. */
const stepMs = 15_000
const hopeless = /^(EMFILE|ENFILE|EADDRNOTAVAIL|EADDRINUSE|HTTP 40[034])$/

export class StormClient {
  readonly positions = new Positions()
  /** When it began to want in: at the start, or when it was cut. */
  outAtMs = 0
  /** When its last attempt began. */
  attemptAtMs = 0
  /** Whether the server took up where it left off. */
  resumed = false
  /** Messages sent a second time. */
  resent = 0
  readonly #member: Member
  readonly #address: Address
  readonly #events: StormEvents
  #say: ((index: number) => Buffer) | undefined
  /** Messages that were not answered, by number. */
  #unanswered: Map<number, Buffer> | undefined
  /** Chats that were asked for, by ref. */
  #asked: Map<number, number> | undefined
  #nextRef = otherRefs
  #epoch: number | undefined
  #urev = 0
  #wire: Wire | undefined
  #in = false
  #left = false
  #failures = 0
  #hintUntilMs = 0
  #isLate = false
  #timer: NodeJS.Timeout | undefined

  constructor(member: Member, address: Address, events: StormEvents) {
    this.#member = member
    this.#address = address
    this.#events = events
  }

  get isIn(): boolean {
    return this.#in
  }

  start(afterMs: number): void {
    this.outAtMs = performance.now() + afterMs
    this.#after(afterMs)
  }

  leave(): void {
    this.#left = true
    clearTimeout(this.#timer)
    this.#wire?.destroy()
  }

  /** Says something in its room, again after each resume until it is answered. */
  say(index: number): void {
    this.#say ??= petrel.speaker(this.#member)
    const frame = this.#say(index)
    this.#unanswered ??= new Map()
    this.#unanswered.set(index, frame)
    this.#wire?.write(frame)
  }

  #after(ms: number): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.#connect(), ms)
  }

  async #connect(): Promise<void> {
    this.attemptAtMs = performance.now()
    this.#isLate = false
    try {
      const wire = await Wire.open(this.#address, petrel)
      if (this.#left) wire.destroy()
      else this.#hello(wire)
    } catch (error) {
      if (!this.#left) this.#failed(error)
    }
  }

  #hello(wire: Wire): void {
    this.#wire = wire
    wire.onFrame = (bytes, start, end) => this.#onFrame(bytes, start, end)
    wire.onClose = code => this.#onClose(code)
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.#isLate = true
      wire.destroy()
    }, stepMs)
    const resume = this.#epoch !== undefined && {
      resume: {
        epoch: this.#epoch,
        urev: this.#urev,
        chats: this.positions.all.slice(0, limits.resumeChatsMax),
      },
    }
    const body = { token: this.#member.token, device: 'bench', ...resume }
    wire.write(clientFrame(encode([ops.hello.op, 0, body]), 'binary'))
  }

  #failed(error: unknown): void {
    const code = error instanceof WireError ? error.code : 'unknown'
    if (hopeless.test(code)) {
      this.#events.onHopeless(explained(error, code))
      return
    }
    this.#events.onOut(this, code, false)
    this.#wait(backoffMs(this.#failures++, Math.random()))
  }

  #onClose(code: number): void {
    const wasIn = this.#in
    this.#in = false
    this.#wire = undefined
    this.#asked = undefined
    if (this.#left) return
    const { next } = afterClose(code)
    if (next === 'stop' || next === 'refresh') {
      const reason = Object.values(closeCodes).find(each => each.code === code)?.message ?? ''
      this.#events.onHopeless(new Error(`the server closed with ${code}: ${reason}`))
      return
    }
    if (wasIn) this.outAtMs = performance.now()
    const reason = this.#isLate ? `no sync in ${stepMs / 1000} s` : `closed ${code}`
    this.#events.onOut(this, reason, wasIn)
    const atOnce = next === 'soon' && wasIn
    this.#wait(atOnce ? soonMs(Math.random()) : backoffMs(this.#failures++, Math.random()))
  }

  /** @param ms own wait; not less than a hint of the server, spread a little */
  #wait(ms: number): void {
    const left = this.#hintUntilMs - performance.now()
    this.#hintUntilMs = 0
    this.#after(left > 0 ? Math.max(ms, left + soonMs(Math.random())) : ms)
  }

  /** HOT: per delivery. */
  #onFrame(bytes: Buffer, start: number, end: number): void {
    const type = bytes[start + 1]
    if (type === frameType.chatEvent) {
      const chat = readNumber(bytes, start + 3)
      this.#apply(chat, readNumber(bytes, start + 3 + widthOf(bytes[start + 3] as number)))
    } else if (type === frameType.control) {
      this.#onControl(bytes, start, end)
    } else if (type === frameType.userEvent) {
      this.#urev = Math.max(this.#urev, readNumber(bytes, start + 3))
    } else if (type === frameType.result || type === frameType.error) {
      this.#onAnswer(type === frameType.result, bytes, start, end)
    }
  }

  #onControl(bytes: Buffer, start: number, end: number): void {
    const body = () => decodeFrame(bytes, start, end)[2]
    switch (bytes[start + 2]) {
      case controls.helloOk.kind:
        this.#onHelloOk(body() as ControlBody<'helloOk'>)
        return
      case controls.sync.kind: {
        const { chats, gone } = body() as ControlBody<'sync'>
        for (const chat of chats) this.positions.learn(chat.id, chat.rev)
        for (const chat of gone) this.positions.forget(chat)
        return
      }
      case controls.syncEnd.kind:
        this.#urev = Math.max(this.#urev, (body() as ControlBody<'syncEnd'>).urev)
        this.#enter()
        return
      case controls.bump.kind: {
        const { chat, rev } = body() as ControlBody<'bump'>
        if (rev > (this.positions.rev(chat) ?? 0)) this.#ask(chat)
        return
      }
      case controls.reconnect.kind:
        this.#hintUntilMs = performance.now() + (body() as ControlBody<'reconnect'>).afterMs
    }
  }

  #onHelloOk({ epoch, urev, resumed }: ControlBody<'helloOk'>): void {
    this.resumed = resumed
    this.#epoch = epoch
    if (resumed) return
    this.positions.clear()
    this.#urev = urev
  }

  #enter(): void {
    clearTimeout(this.#timer)
    this.#failures = 0
    this.#in = true
    this.#events.onIn(this)
    for (const frame of this.#unanswered?.values() ?? []) {
      this.resent++
      this.#wire?.write(frame)
    }
  }

  #apply(chat: number, rev: number): void {
    if (this.positions.apply(chat, rev) !== 'early') return
    setTimeout(() => {
      if (this.#in && this.positions.isBehind(chat)) this.#ask(chat)
    }, limits.gapHoldMs)
  }

  #ask(chat: number): void {
    this.#events.onAsk()
    const ref = this.#nextRef++
    this.#asked ??= new Map()
    this.#asked.set(ref, chat)
    this.#wire?.write(clientFrame(encode([ops.chat.op, ref, { chat }]), 'binary'))
  }

  #onAnswer(taken: boolean, bytes: Buffer, start: number, end: number): void {
    const [, ref, result] = decodeFrame(bytes, start, end) as [number, number, unknown]
    const chat = this.#asked?.get(ref)
    if (chat !== undefined) {
      this.#asked?.delete(ref)
      if (taken) this.positions.learn(chat, (result as { chat: Chat }).chat.rev)
      else this.#ask(chat)
      return
    }
    if (!this.#unanswered?.delete(ref)) return
    if (taken) this.#apply(this.#member.room, (result as { rev: number }).rev)
    this.#events.onAnswer(taken)
  }
}

/** HOT: per delivery. A number of the frame: ids and revs are MessagePack integers, or float64 above 2^32. */
export function readNumber(bytes: Buffer, at: number): number {
  const first = bytes[at] as number
  if (first < 0x80) return first
  switch (first) {
    case 0xcc:
      return bytes[at + 1] as number
    case 0xcd:
      return bytes.readUInt16BE(at + 1)
    case 0xce:
      return bytes.readUInt32BE(at + 1)
    case 0xcf:
      return bytes.readUInt32BE(at + 1) * 2 ** 32 + bytes.readUInt32BE(at + 5)
    case 0xcb:
      return bytes.readDoubleBE(at + 1)
    default:
      throw new Error(`byte ${first} begins no number`)
  }
}

/** How many bytes the number takes that begins with this one. */
export function widthOf(first: number): number {
  if (first < 0x80) return 1
  if (first === 0xcc) return 2
  if (first === 0xcd) return 3
  return first === 0xce ? 5 : 9
}
