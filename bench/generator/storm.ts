// Many clients that come at once, or all come back at once after their server died: who is in, how long it took,
// what was in their way. They talk a little meanwhile, and in the end say where they stand. Commands at the end.

import { setTimeout as sleep } from 'node:timers/promises'
import { type Members, rows } from '../members.ts'
import type { Member } from './dialect.ts'
import { Latencies, type Latency } from './latency.ts'
import { StormClient, type StormEvents } from './storm-client.ts'
import type { Address } from './wire.ts'

/** What came of everybody's way in. */
export interface Stormed {
  clients: number
  /** Wall clock, ms since 1970, comparable with other processes of this machine. */
  firstInAt: number
  lastInAt: number
  /** From the start, or from a client's own cut, until it was in. */
  each: Latency
  /** Of the attempt that succeeded, alone. */
  attempt: Latency
  /** How many did not have to load everything anew. */
  resumed: number
  /** Ends of connections and failed attempts, by reason; `early`: before somebody listened again. */
  cut: Record<string, number>
  early: Record<string, number>
  retried: Record<string, number>
}

/** What became of what they said. */
export interface Talked {
  sent: number
  /** Sent again after a resume, since no answer had come. */
  resent: number
  unanswered: number
  refused: number
}

/** Where they stand, against where the server says that their chats are. */
export interface Compared {
  positions: number
  wrong: number
  /** Chats that were asked for since events were missing. */
  asked: number
}

const tickMs = 50
const triesMax = 20

/** Everybody's way in, once. */
class Round {
  readonly done: Promise<void>
  readonly each = new Latencies()
  readonly attempt = new Latencies()
  readonly cut: Record<string, number> = {}
  early: Record<string, number> = {}
  retried: Record<string, number> = {}
  /** Clients that were in before, and were not cut since. */
  missing: number
  resumed = 0
  firstInAt = 0
  lastInAt = 0
  #resolve: () => void = () => undefined
  #reject: (error: Error) => void = () => undefined

  constructor(clients: number) {
    this.missing = clients
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    // Whoever waits hears of it; nobody waits before the end of a round is asked for.
    this.done.catch(() => undefined)
  }

  enter(client: StormClient): void {
    const nowMs = performance.now()
    this.lastInAt = Date.now()
    if (this.firstInAt === 0) this.firstInAt = this.lastInAt
    this.each.add(nowMs - client.outAtMs)
    this.attempt.add(nowMs - client.attemptAtMs)
    if (client.resumed) this.resumed++
    this.missing--
    if (this.missing === 0) this.#resolve()
  }

  fail(error: Error): void {
    this.#reject(error)
  }
}

export class Storm {
  readonly #clients: StormClient[]
  #round: Round
  /** Clients that were in during this round. */
  #seen = new Set<StormClient>()
  #talk: NodeJS.Timeout | undefined
  #sent = 0
  #answered = 0
  #refused = 0
  #asked = 0

  constructor(members: readonly Member[], address: Address) {
    const events: StormEvents = {
      onIn: client => this.#onIn(client),
      onOut: (_, reason, wasIn) => {
        count(wasIn ? this.#round.cut : this.#round.retried, reason)
      },
      onHopeless: error => this.#round.fail(error),
      onAnswer: taken => {
        this.#answered++
        if (!taken) this.#refused++
      },
      onAsk: () => {
        this.#asked++
      },
    }
    this.#clients = members.map(member => new StormClient(member, address, events))
    this.#round = new Round(members.length)
  }

  /** Connects everybody. @param perS so many a second, evenly; 0 = all at once */
  start(perS: number): void {
    this.#clients.forEach((client, i) => {
      client.start(perS > 0 ? (i / perS) * 1000 : 0)
    })
  }

  /** From now on it counts when everybody was cut and is in again. */
  expectCut(): void {
    this.#round = new Round(this.#clients.length)
    this.#seen = new Set()
  }

  /** From now on somebody listens: attempts that failed before met nobody. */
  expectReturn(): void {
    this.#round.early = this.#round.retried
    this.#round.retried = {}
  }

  /** @throws Error when somebody is not in after `limitS`, with the reasons */
  async allIn(limitS: number): Promise<Stormed> {
    const round = this.#round
    let late: NodeJS.Timeout | undefined
    const timeout = new Promise<never>((_, reject) => {
      late = setTimeout(() => {
        const { missing, retried } = round
        reject(
          new Error(
            `${missing} of ${this.#clients.length} clients were not in after ${limitS} s: ${JSON.stringify(retried)}`,
          ),
        )
      }, limitS * 1000)
    })
    try {
      await Promise.race([round.done, timeout])
    } finally {
      clearTimeout(late)
    }
    const { firstInAt, lastInAt, resumed, cut, early, retried } = round
    return {
      clients: this.#clients.length,
      firstInAt,
      lastInAt,
      each: round.each.summary,
      attempt: round.attempt.summary,
      resumed,
      cut,
      early,
      retried,
    }
  }

  /** Lets random clients that are in say something, so many times a second, until hush(). */
  talk(perS: number): void {
    let due = 0
    this.#talk = setInterval(() => {
      for (due += (perS * tickMs) / 1000; due >= 1; due--) this.#anybody()?.say(++this.#sent)
    }, tickMs)
  }

  /** Ends the talk and waits for the answers. */
  async hush(limitS: number): Promise<Talked> {
    clearInterval(this.#talk)
    const deadlineMs = performance.now() + limitS * 1000
    while (this.#answered < this.#sent && performance.now() < deadlineMs) await sleep(20)
    return {
      sent: this.#sent,
      resent: this.#clients.reduce((sum, client) => sum + client.resent, 0),
      unanswered: this.#sent - this.#answered,
      refused: this.#refused,
    }
  }

  /** Compares every client's position in every chat with `heads`, again and again until all are right. */
  async compare(heads: ReadonlyMap<number, number>, limitS: number): Promise<Compared> {
    const deadlineMs = performance.now() + limitS * 1000
    for (;;) {
      let positions = 0
      let wrong = 0
      for (const client of this.#clients) {
        for (const [chat, rev] of client.positions.all) {
          positions++
          if (heads.get(chat) !== rev) wrong++
        }
      }
      if (wrong === 0 || performance.now() > deadlineMs)
        return { positions, wrong, asked: this.#asked }
      await sleep(100)
    }
  }

  leave(): void {
    clearInterval(this.#talk)
    for (const client of this.#clients) client.leave()
  }

  #onIn(client: StormClient): void {
    // Who came in and was cut again has taken its way in already.
    if (this.#seen.has(client)) return
    this.#seen.add(client)
    this.#round.enter(client)
  }

  #anybody(): StormClient | undefined {
    for (let attempt = 0; attempt < triesMax; attempt++) {
      const client = this.#clients[Math.floor(Math.random() * this.#clients.length)]
      if (client?.isIn) return client
    }
    return undefined
  }
}

function count(into: Record<string, number>, reason: string): void {
  into[reason] = (into[reason] ?? 0) + 1
}

const storms = new Map<string, Storm>()

function named(name: string): Storm {
  const found = storms.get(name)
  if (!found) throw new Error(`there is no storm ${name}`)
  return found
}

/** What the generator process can be told to do with storms. */
export const stormCommands = {
  /** Connects clients under a name: all at once, or `perS` a second. */
  async storm(args: {
    storm: string
    address: Address
    members: Members
    perS: number
    limitS: number
  }): Promise<Stormed> {
    const made = new Storm(rows(args.members), args.address)
    storms.set(args.storm, made)
    made.start(args.perS)
    return made.allIn(args.limitS)
  },

  /** Everybody is about to be cut. */
  async stormCut(args: { storm: string }): Promise<void> {
    named(args.storm).expectCut()
  },

  /** Somebody listens again. */
  async stormReturn(args: { storm: string }): Promise<void> {
    named(args.storm).expectReturn()
  },

  /** Waits until everybody is in again. */
  async stormBack(args: { storm: string; limitS: number }): Promise<Stormed> {
    return named(args.storm).allIn(args.limitS)
  },

  async stormTalk(args: { storm: string; perS: number }): Promise<void> {
    named(args.storm).talk(args.perS)
  },

  async stormHush(args: { storm: string; limitS: number }): Promise<Talked> {
    return named(args.storm).hush(args.limitS)
  },

  async stormCompare(args: {
    storm: string
    heads: [chat: number, rev: number][]
    limitS: number
  }): Promise<Compared> {
    return named(args.storm).compare(new Map(args.heads), args.limitS)
  },

  async stormLeave(args: { storm: string }): Promise<void> {
    storms.get(args.storm)?.leave()
    storms.delete(args.storm)
  },
}
