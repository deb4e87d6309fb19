// Simulated people of one server: their sockets, and who hears what is said in which room.

import { setTimeout as sleep } from 'node:timers/promises'
import type { Dialect, Member } from './dialect.ts'
import { Latencies, type Latency } from './latency.ts'
import { type Address, Wire, WireError } from './wire.ts'

/** One person who is connected. */
export interface Seat {
  member: Member
  wire: Wire
  /** Makes the finished frame of a message. */
  say(index: number): Buffer
  /** Reads nothing: not counted as a recipient. */
  paused: boolean
}

export interface Entered {
  tookMs: number
  /** From the first packet until the member was in, failed attempts and their pauses included. */
  each: Latency
  /** Attempts that failed and were made again, by reason. */
  retried: Record<string, number>
}

/** Between two attempts, on average. */
const retryPauseMs = 500
const attemptsMax = 20
/** Reasons that no further attempt cures. */
const hopeless = /^(EMFILE|ENFILE|EADDRNOTAVAIL|ECONNREFUSED|HTTP 40[034]|closed 45\d\d)$/

export class Crowd {
  readonly dialect: Dialect
  readonly address: Address
  readonly seats: Seat[] = []
  readonly #heard = new Map<number, number>()

  constructor(dialect: Dialect, address: Address) {
    this.dialect = dialect
    this.address = address
  }

  /**
   * Connects members, so many at once.
   * @throws Error that says what is wrong: descriptors, ports, a wrong token, a server of another kind
   */
  async enter(members: readonly Member[], atOnce: number): Promise<Entered> {
    const beginMs = performance.now()
    const each = new Latencies()
    const retried: Record<string, number> = {}
    let next = 0
    const work = async () => {
      for (let member = members[next++]; member; member = members[next++]) {
        const begunMs = performance.now()
        this.seats.push(await this.#seat(member, retried))
        each.add(performance.now() - begunMs)
      }
    }
    await Promise.all(Array.from({ length: Math.min(atOnce, members.length) }, work))
    this.#count()
    return { tookMs: performance.now() - beginMs, each: each.summary, retried }
  }

  /** Stops reading on every `every`-th seat from now on. */
  pause(every: number): void {
    this.seats.forEach((seat, i) => {
      if (i % every !== 0) return
      seat.paused = true
      seat.wire.pause()
    })
    this.#count()
  }

  /**
   * Lets the paused read again and waits until the server's closes have come through, at most so long.
   * @returns how many did, by close code
   */
  async wake(waitMs: number): Promise<Record<string, number>> {
    const closes: Record<string, number> = {}
    const paused = this.seats.filter(seat => seat.paused)
    for (const { wire } of paused) {
      wire.onFrame = () => undefined
      wire.onClose = code => {
        closes[code] = (closes[code] ?? 0) + 1
      }
      wire.resume()
    }
    const deadlineMs = performance.now() + waitMs
    while (paused.some(({ wire }) => !wire.closed) && performance.now() < deadlineMs)
      await sleep(50)
    return closes
  }

  /** How many deliveries a message of this seat makes. */
  recipients({ member, paused }: Seat): number {
    const inRoom = this.#heard.get(member.room) ?? 0
    return this.dialect.echoes || paused ? inRoom : inRoom - 1
  }

  leave(): void {
    for (const { wire } of this.seats.splice(0)) wire.destroy()
    this.#heard.clear()
  }

  #count(): void {
    this.#heard.clear()
    for (const { member, paused } of this.seats) {
      if (!paused) this.#heard.set(member.room, (this.#heard.get(member.room) ?? 0) + 1)
    }
  }

  async #seat(member: Member, retried: Record<string, number>): Promise<Seat> {
    for (let attempt = 1; ; attempt++) {
      try {
        const wire = await Wire.open(this.address, this.dialect)
        await this.dialect.enter(wire, member)
        return { member, wire, say: this.dialect.speaker(member), paused: false }
      } catch (error) {
        const code = error instanceof WireError ? error.code : 'refused'
        if (hopeless.test(code) || attempt === attemptsMax) throw explained(error, code)
        retried[code] = (retried[code] ?? 0) + 1
        await sleep(retryPauseMs * (0.5 + Math.random()))
      }
    }
  }
}

const explanations: Record<string, string> = {
  EMFILE: 'too few file descriptors: raise the limit (ulimit -n) above the number of connections',
  ENFILE: 'the machine has no file descriptors left',
  EADDRNOTAVAIL:
    'no free local port for another connection: wait until old ones have expired, or widen net.ipv4.ip_local_port_range',
  ECONNREFUSED: 'nobody listens there',
  'HTTP 400': 'the server does not speak this protocol',
  'HTTP 403': 'the server refuses the connection',
  'HTTP 404': 'the server has no such path: not a server of ours?',
}

/** The error of a failed connection in words that say what to do. @param code of a WireError */
export function explained(error: unknown, code: string): Error {
  const message = error instanceof Error ? error.message : String(error)
  const why = explanations[code]
  return new Error(why ? `${why} (${message})` : message, { cause: error })
}
