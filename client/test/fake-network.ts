// Sockets between clients and the reference server, with every fault that a test asks for: frames dropped,
// doubled, put out of order, and connections cut after so many frames in either direction.

import { decode, frameType } from '#shared/protocol/codec.ts'
import { controls } from '#shared/protocol/events.ts'
import type { SocketEvents, Transport } from '../types.ts'
import { settle } from './fake-clock.ts'

/** What becomes of one of the next events to a client. */
export type Fault = 'pass' | 'drop' | 'double' | 'swap'

/** The server's side of one socket. */
export interface Peer {
  receive(bytes: Uint8Array): void
  closed(): void
}

export interface Wire {
  send(bytes: Uint8Array): void
  close(code: number): void
}

interface Link {
  name: string
  events: SocketEvents
  peer: Peer | undefined
  toServer: Uint8Array[]
  toClient: ('open' | Uint8Array)[]
  /** Answers that take some rounds more. */
  late: { bytes: Uint8Array; rounds: number }[]
  open: boolean
  /** Cut after so many frames. */
  left: number
}

export class FakeNetwork {
  readonly #accept: (wire: Wire) => Peer
  readonly #links = new Set<Link>()
  readonly #faults = new Map<string, Fault[]>()
  readonly #lost = new Map<string, number>()
  readonly #late = new Map<string, { count: number; rounds: number }>()
  readonly #cuts = new Map<string, number>()
  /** An event got lost without the connection: only a bump can tell. */
  lostEvents = false
  /** While false nobody can connect. */
  reachable = true

  constructor(accept: (wire: Wire) => Peer) {
    this.#accept = accept
  }

  transport(name: string): Transport {
    return { open: (_url, events) => this.#open(name, events) }
  }

  /** The next events to this client meet these faults, one each. */
  disturb(name: string, faults: readonly Fault[]): void {
    this.#faults.set(name, [...faults])
  }

  /** The next `count` answers to this client are lost. */
  loseAnswers(name: string, count: number): void {
    this.#lost.set(name, count)
  }

  /**
   * The next `count` answers are overtaken by what happens after them, as when they took long to read.
   * @param rounds of frames that pass them; Infinity holds them until `releaseAnswers`
   */
  delayAnswers(name: string, count: number, rounds = 6): void {
    this.#late.set(name, { count, rounds })
  }

  releaseAnswers(name: string): void {
    this.#late.delete(name)
    for (const link of this.#links) {
      if (link.name === name) for (const late of link.late) late.rounds = 0
    }
  }

  /** This client's connection, or the next one, breaks after so many frames. */
  cutAfter(name: string, frames: number): void {
    const links = [...this.#links].filter(link => link.name === name)
    if (links.length === 0) this.#cuts.set(name, frames)
    for (const link of links) link.left = frames
  }

  calm(): void {
    this.#faults.clear()
    this.#lost.clear()
    this.#late.clear()
    this.#cuts.clear()
    for (const link of this.#links) link.left = Number.POSITIVE_INFINITY
    this.reachable = true
  }

  /** Breaks this client's connection; a dead client does not hear of it. */
  break(name: string, heard = true): void {
    for (const link of this.#links)
      if (link.name === name) this.#end(link, heard ? 1006 : undefined)
  }

  /** Carries frames until none is under way, or `rounds` times one frame each way. */
  async pump(rounds = Number.POSITIVE_INFINITY): Promise<void> {
    for (let round = 0; round < rounds; round++) {
      await settle()
      let moved = false
      for (const link of [...this.#links]) moved = this.#carry(link) || moved
      if (!moved) return
    }
  }

  #open(name: string, events: SocketEvents) {
    const link: Link = {
      name,
      events,
      peer: undefined,
      toServer: [],
      toClient: ['open'],
      late: [],
      open: true,
      left: this.#cuts.get(name) ?? Number.POSITIVE_INFINITY,
    }
    this.#cuts.delete(name)
    this.#links.add(link)
    return {
      send: (bytes: Uint8Array) => {
        if (link.open) link.toServer.push(bytes.slice())
      },
      close: () => this.#end(link, undefined),
    }
  }

  #carry(link: Link): boolean {
    const up = link.toServer.shift()
    if (up && this.#passes(link)) link.peer?.receive(up)
    if (!link.open) return true
    if (this.#carryLate(link)) return true
    const down = link.toClient.shift()
    if (down === undefined) return up !== undefined
    if (down === 'open') this.#connect(link)
    else if (this.#passes(link)) this.#deliver(link, down)
    return true
  }

  /** @returns whether an answer is still on its way and nothing else is */
  #carryLate(link: Link): boolean {
    for (const late of link.late) late.rounds--
    const due = link.late.findIndex(late => late.rounds <= 0)
    const [answer] = due < 0 ? [] : link.late.splice(due, 1)
    if (answer) link.events.onMessage(answer.bytes)
    const isComing = link.late.some(late => Number.isFinite(late.rounds))
    return link.open && link.toClient.length === 0 && isComing
  }

  #connect(link: Link): void {
    if (!this.reachable) {
      this.#end(link, 1006)
      return
    }
    link.peer = this.#accept({
      send: bytes => {
        if (link.open) link.toClient.push(bytes.slice())
      },
      close: code => this.#end(link, code),
    })
    link.events.onOpen()
  }

  #passes(link: Link): boolean {
    if (link.left-- > 0) return true
    this.#end(link, 1006)
    return false
  }

  #deliver(link: Link, bytes: Uint8Array): void {
    switch (this.#faultFor(link, bytes)) {
      case 'pass':
        link.events.onMessage(bytes)
        return
      case 'drop':
        return
      case 'late':
        link.late.push({ bytes, rounds: this.#late.get(link.name)?.rounds ?? 0 })
        return
      case 'double':
        link.events.onMessage(bytes)
        link.events.onMessage(bytes)
        return
      case 'swap':
        // Behind the next one; alone on the way it just arrives.
        if (link.toClient.length > 0) link.toClient.splice(1, 0, bytes)
        else link.events.onMessage(bytes)
        return
    }
  }

  /** A sync is never disturbed: no transport loses half of it and keeps the rest. A bump is, as events are. */
  #faultFor(link: Link, bytes: Uint8Array): Fault | 'late' {
    const [type, kind] = headOf(bytes)
    if (type === frameType.result) {
      const lost = this.#lost.get(link.name) ?? 0
      if (lost > 0) this.#lost.set(link.name, lost - 1)
      if (lost > 0) return 'drop'
      const late = this.#late.get(link.name)
      if (!late || late.count === 0) return 'pass'
      late.count--
      return 'late'
    }
    const isBump = type === frameType.control && kind === controls.bump.kind
    if ((type === frameType.control && !isBump) || type === frameType.error) return 'pass'
    const fault = this.#faults.get(link.name)?.shift() ?? 'pass'
    if (fault === 'drop') this.lostEvents = true
    return fault
  }

  #end(link: Link, code: number | undefined): void {
    if (!link.open) return
    link.open = false
    this.#links.delete(link)
    link.peer?.closed()
    if (code !== undefined) link.events.onClose(code, '')
  }
}

function headOf(bytes: Uint8Array): unknown[] {
  try {
    return decode(bytes, { depthMax: 16, itemsMax: 1e6 }).frame
  } catch {
    // A test sends nonsense on purpose.
    return [frameType.control]
  }
}
