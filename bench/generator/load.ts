// Messages sent into a crowd, and what became of each: answered, delivered to everybody, twice, never. Open loop
// (messages leave at their intended time whatever the server does, and are timed from it: corrected for
// coordinated omission) or closed loop (a fixed number is on its way at all times).

import { setTimeout as sleep } from 'node:timers/promises'
import type { Crowd, Seat } from './crowd.ts'
import { type Reading, seen } from './dialect.ts'
import { Latencies, type Latency } from './latency.ts'
import { Ledger } from './ledger.ts'
import { startMetronome } from './metronome.ts'
import { read } from './wire.ts'

/** What one measured window of a load gave. */
export interface Outcome {
  /** Length of the measured window. */
  seconds: number
  /** Messages that belong to the window, and how many of them were answered. */
  sent: number
  acked: number
  /** Deliveries within the window's time, and those of its messages that came in the end, against what should have. */
  delivered: number
  arrived: number
  expected: number
  /** Deliveries that are missing, and that came twice, counted for each recipient: the one never hides the other. */
  lost: number
  duplicates: number
  refused: number
  /** The first words of refusals, for people. */
  refusals: string[]
  /** Sockets that the server closed, by code. */
  closes: Record<string, number>
  /** Messages answered (or, where the server answers nothing, delivered to all) in a second. */
  messagesPerS: number
  deliveriesPerS: number
  ack: Latency
  delivery: Latency
  /** How late messages left, against their intended time. */
  late: Latency
  /** Deliveries in each quarter of a second of the window. */
  timeline: [s: number, deliveriesPerS: number][]
}

export interface OpenLoop {
  ratePerS: number
  /** Only the first so many seats send; all of them when not given. */
  senders?: number
  warmUpS: number
  seconds: number
  /** How long stragglers may take. */
  drainS: number
}

export interface ClosedLoop {
  /** Messages on their way at all times. */
  window: number
  /** When a message is over: its sender has the answer, or everybody has it. */
  until: 'ack' | 'delivery'
  warmUpS: number
  seconds: number
  drainS: number
}

/** Told when the measured window begins and ends. */
export type OnMark = (mark: 'begin' | 'end') => void

const timelineEveryMs = 250
const refusalsKeptMax = 5

/** Numbers of messages, never used twice in this process. */
let nextIndex = 0

/** For messages that are sent while no load runs: the server takes a number that it knows for a repeated message. */
export function takeIndex(): number {
  return nextIndex++
}

class Load {
  readonly #crowd: Crowd
  readonly #seats: readonly Seat[]
  readonly #first = nextIndex
  #dueMs = new Float64Array(65_536)
  #left = new Int32Array(65_536)
  #sender = new Int32Array(65_536)
  /** Messages from this number on are measured. */
  #measured = Number.MAX_SAFE_INTEGER
  #measuredEnd = Number.MAX_SAFE_INTEGER
  readonly #ack = new Latencies()
  readonly #delivery = new Latencies()
  readonly #late = new Latencies()
  readonly #ledger: Ledger
  readonly #closes: Record<string, number> = {}
  readonly #refusals: string[] = []
  #sent = 0
  #acked = 0
  #arrived = 0
  #expected = 0
  #duplicates = 0
  #refused = 0
  /** All deliveries and answers since the window began, whichever message they belong to. */
  #deliveredNow = 0
  #doneNow = 0
  #onDone: (sender: number) => void = () => undefined
  readonly #until: 'ack' | 'delivery'

  constructor(crowd: Crowd, until: 'ack' | 'delivery') {
    this.#crowd = crowd
    this.#until = crowd.dialect.acks ? until : 'delivery'
    this.#seats = crowd.seats.filter(seat => !seat.paused)
    const reading: Reading = { kind: seen.other, index: 0 }
    const { dialect } = crowd
    const rooms = this.#seats.map(({ member }) => member.room)
    this.#ledger = new Ledger(rooms, dialect.echoes)
    for (const [seat, { wire }] of this.#seats.entries()) {
      wire.onFrame = (bytes, start, end) => {
        dialect.read(bytes, start, end, reading)
        if (reading.kind === seen.message) this.#onMessage(seat, reading.index)
        else if (reading.kind === seen.ack) this.#onAck(reading.index)
        else if (reading.kind === seen.refused) this.#onRefused(bytes.toString('utf8', start, end))
      }
      wire.onClose = code => {
        this.#closes[code] = (this.#closes[code] ?? 0) + 1
      }
    }
  }

  /** HOT: per message. @param dueMs its intended time */
  #send(sender: number, dueMs: number): void {
    const seat = this.#seats[sender] as Seat
    const index = nextIndex++
    const at = index - this.#first
    if (at === this.#dueMs.length) this.#grow()
    const recipients = this.#crowd.recipients(seat)
    this.#dueMs[at] = dueMs
    this.#left[at] = recipients
    this.#sender[at] = sender
    if (this.#isMeasured(index)) {
      this.#ledger.said(sender, index)
      this.#sent++
      this.#expected += recipients
      this.#late.add(performance.now() - dueMs)
    }
    seat.wire.write(seat.say(index))
  }

  #isMeasured(index: number): boolean {
    return index >= this.#measured && index < this.#measuredEnd
  }

  /** HOT: per delivery. */
  #onMessage(seat: number, index: number): void {
    const at = index - this.#first
    if (at < 0) return
    this.#deliveredNow++
    const left = (this.#left[at] as number) - 1
    this.#left[at] = left
    if (this.#isMeasured(index)) {
      this.#ledger.got(seat, index)
      if (left < 0) this.#duplicates++
      else {
        this.#arrived++
        this.#delivery.add(read.atMs - (this.#dueMs[at] as number))
      }
    }
    if (left === 0 && this.#until === 'delivery') this.#done(at)
  }

  #onAck(index: number): void {
    const at = index - this.#first
    if (at < 0) return
    if (this.#isMeasured(index)) {
      this.#acked++
      this.#ack.add(read.atMs - (this.#dueMs[at] as number))
    }
    if (this.#until === 'ack') this.#done(at)
  }

  #done(at: number): void {
    this.#doneNow++
    this.#onDone(this.#sender[at] as number)
  }

  #onRefused(words: string): void {
    this.#refused++
    if (this.#refusals.length < refusalsKeptMax) this.#refusals.push(words.slice(0, 200))
  }

  async openLoop(
    { ratePerS, senders = this.#seats.length, warmUpS, seconds, drainS }: OpenLoop,
    onMark: OnMark,
  ): Promise<Outcome> {
    const total = Math.round(ratePerS * (warmUpS + seconds))
    const warm = Math.round(ratePerS * warmUpS)
    const everyMs = 1000 / ratePerS
    const beginMs = performance.now() + 20
    this.#measured = this.#first + warm
    let sent = 0
    await new Promise<void>(resolve => {
      const metronome = startMetronome(Math.max(1, everyMs), () => {
        const due = Math.min(total, Math.floor((performance.now() - beginMs) / everyMs) + 1)
        for (; sent < due; sent++) {
          if (sent === warm) this.#begin(onMark)
          this.#send(sent % senders, beginMs + sent * everyMs)
        }
        if (sent < total) return
        metronome.stop()
        resolve()
      })
    })
    this.#end(onMark)
    await this.#drain(drainS)
    return this.#outcome()
  }

  async closedLoop(
    { window, warmUpS, seconds, drainS }: ClosedLoop,
    onMark: OnMark,
  ): Promise<Outcome> {
    this.#onDone = sender => this.#send(sender, performance.now())
    for (let i = 0; i < window; i++) this.#send(i % this.#seats.length, performance.now())
    await sleep(warmUpS * 1000)
    this.#measured = nextIndex
    this.#begin(onMark)
    await sleep(seconds * 1000)
    this.#onDone = () => undefined
    this.#end(onMark)
    await this.#drain(drainS)
    return this.#outcome()
  }

  #beganMs = 0
  #endedMs = 0
  #deliveredThen = 0
  #doneThen = 0
  #timer: NodeJS.Timeout | undefined
  readonly #timeline: [number, number][] = []

  #begin(onMark: OnMark): void {
    onMark('begin')
    this.#beganMs = performance.now()
    this.#deliveredNow = 0
    this.#doneNow = 0
    let before = 0
    let beforeMs = this.#beganMs
    this.#timer = setInterval(() => {
      const nowMs = performance.now()
      const perS = ((this.#deliveredNow - before) / (nowMs - beforeMs)) * 1000
      this.#timeline.push([(nowMs - this.#beganMs) / 1000, Math.round(perS)])
      before = this.#deliveredNow
      beforeMs = nowMs
    }, timelineEveryMs)
  }

  #end(onMark: OnMark): void {
    this.#measuredEnd = nextIndex
    this.#endedMs = performance.now()
    this.#deliveredThen = this.#deliveredNow
    this.#doneThen = this.#doneNow
    clearInterval(this.#timer)
    onMark('end')
  }

  async #drain(drainS: number): Promise<void> {
    const deadlineMs = performance.now() + drainS * 1000
    const complete = () =>
      this.#arrived >= this.#expected &&
      (!this.#crowd.dialect.acks || this.#acked + this.#refused >= this.#sent)
    while (!complete() && performance.now() < deadlineMs) await sleep(20)
    // A doubled delivery would come soon after the first.
    await sleep(30)
  }

  #outcome(): Outcome {
    const seconds = (this.#endedMs - this.#beganMs) / 1000
    const { lost, doubled } = this.#ledger.verdict
    for (const { wire } of this.#seats) {
      wire.onFrame = () => undefined
      wire.onClose = () => undefined
    }
    return {
      seconds,
      sent: this.#sent,
      acked: this.#acked,
      delivered: this.#deliveredThen,
      arrived: this.#arrived,
      expected: this.#expected,
      lost: Math.max(lost, this.#expected - this.#arrived),
      duplicates: Math.max(doubled, this.#duplicates),
      refused: this.#refused,
      refusals: this.#refusals,
      closes: this.#closes,
      messagesPerS: this.#doneThen / seconds,
      deliveriesPerS: this.#deliveredThen / seconds,
      ack: this.#ack.summary,
      delivery: this.#delivery.summary,
      late: this.#late.summary,
      timeline: this.#timeline,
    }
  }

  #grow(): void {
    const grown = <Numbers extends Float64Array | Int32Array>(from: Numbers, to: Numbers) => {
      to.set(from)
      return to
    }
    const length = this.#dueMs.length * 2
    this.#dueMs = grown(this.#dueMs, new Float64Array(length))
    this.#left = grown(this.#left, new Int32Array(length))
    this.#sender = grown(this.#sender, new Int32Array(length))
  }
}

/** Sends at a fixed rate, seats taking turns. */
export function openLoop(crowd: Crowd, options: OpenLoop, onMark: OnMark): Promise<Outcome> {
  return new Load(crowd, 'delivery').openLoop(options, onMark)
}

/** Keeps `window` messages on their way; who sent one that is over sends the next. */
export function closedLoop(crowd: Crowd, options: ClosedLoop, onMark: OnMark): Promise<Outcome> {
  return new Load(crowd, options.until).closedLoop(options, onMark)
}
