// A mixed day: everything that people do, each at its own rate in an open loop, at the same time and timed from
// its intended time. The rates stand in the scenario; here stands how each thing is done and what counts as done.

import { setTimeout as sleep } from 'node:timers/promises'
import type { OpName } from '#shared/protocol/ops.ts'
import { answered, refusal, requestFrame } from './ask.ts'
import type { Crowd, Seat } from './crowd.ts'
import { type Reading, seen } from './dialect.ts'
import { decodeFrame, petrel } from './dialects/petrel.ts'
import { type Call, count, isOk, loginCall, Rest } from './http-load.ts'
import { Latencies, type Latency } from './latency.ts'
import { type OnMark, takeIndex } from './load.ts'
import { startMetronome } from './metronome.ts'
import { read } from './wire.ts'

/** Somebody of the crowd, and what they need for more than sending to one room. */
export interface MixedPerson {
  token: string
  username: string
  refreshToken: string
  direct: number
  groups: number[]
}

export interface MixedLoad {
  /** Where the REST routes are, like `http://127.0.0.1:8080/api/v1`. */
  api: string
  people: MixedPerson[]
  /** Everybody's. */
  password: string
  actions: { action: ActionName; perS: number }[]
  warmUpS: number
  seconds: number
  drainS: number
}

export interface MixedOutcome {
  seconds: number
  /** Of messages: deliveries, and answers to their senders. */
  expected: number
  arrived: number
  /** Deliveries that came again to the same recipient. */
  duplicates: number
  delivery: Latency
  /** From its intended time until it was done; for sends until the answer. */
  actions: { action: ActionName; done: number; latency: Latency }[]
  /** All REST requests but sign-ins, which cost a password hash. */
  rest: Latency
  /** What was refused or not answered, like `me: 500 internal`. */
  errors: Record<string, number>
  /** Sockets that the server closed, by code. */
  closes: Record<string, number>
  late: Latency
}

const restConnections = 64
const tickMs = 1
/** Messages of which somebody may still be reading. */
const recentMax = 256
const historyLimit = 50

/** One thing that is due, and where its time is noted. */
interface Due {
  action: ActionName
  atMs: number
  measured: boolean
}

interface Person extends MixedPerson {
  seat: Seat
  speakers: Map<number, (index: number) => Buffer>
}

interface Sent {
  due: Due
  room: number
  /** Recipients who do not have it yet. */
  left: Set<Person>
  isAnswered: boolean
}

/** How each action is begun; what it needs of the answer is done where the answer comes. */
const begin = {
  sendDirect: (day: Day, due: Due) => {
    const person = day.anybody()
    day.send(due, person, person.direct)
  },
  sendGroup: (day: Day, due: Due) => {
    const person = day.anybody()
    day.send(due, person, pick(person.groups))
  },
  read: (day: Day, due: Due) => {
    const { room, seq } = day.recent()
    day.ask(due, day.memberOf(room), 'read', { chat: room, seq })
  },
  typing: (day: Day, due: Due) => {
    const person = day.anybody()
    day.ask(due, person, 'typing', { chat: person.direct })
  },
  history: (day: Day, due: Due) => {
    const { room } = day.recent()
    day.ask(due, day.memberOf(room), 'history', { chat: room, limit: historyLimit })
  },
  search: (day: Day, due: Due) => {
    // Everything that the generator says begins with a number; people search for what somebody said.
    const query = String(Math.floor(Math.random() * 100))
    day.ask(due, day.anybody(), 'search', { query })
  },
  chats: (day: Day, due: Due) => day.ask(due, day.anybody(), 'chats', {}),
  config: (day: Day, due: Due) => day.rest(due, { method: 'GET', path: '/config' }),
  me: (day: Day, due: Due) =>
    day.rest(due, { method: 'GET', path: '/me', token: day.anybody().token }),
  sessions: (day: Day, due: Due) =>
    day.rest(due, { method: 'GET', path: '/sessions', token: day.anybody().token }),
  lookUp: (day: Day, due: Due) => {
    const path = `/users/by-username/${day.anybody().username}`
    day.rest(due, { method: 'GET', path, token: day.anybody().token })
  },
  editProfile: (day: Day, due: Due) => {
    const json = { about: `Here since ${Math.round(due.atMs)}` }
    day.rest(due, { method: 'PATCH', path: '/me', token: day.anybody().token, json })
  },
  refresh: (day: Day, due: Due) => {
    const person = day.nextToRefresh()
    const json = { refreshToken: person.refreshToken }
    day.rest(due, { method: 'POST', path: '/auth/refresh', json }, text => {
      person.refreshToken = (JSON.parse(text) as { refreshToken: string }).refreshToken
    })
  },
  login: (day: Day, due: Due) => day.rest(due, loginCall(day.anybody().username, day.password)),
} as const

export type ActionName = keyof typeof begin

/** A crowd's day: what is on its way, and what came of the rest. */
class Day {
  readonly password: string
  readonly #load: MixedLoad
  readonly #people: Person[]
  readonly #rest: Rest
  /** People by room, to know how many hear a message. */
  readonly #rooms = new Map<number, Person[]>()
  readonly #sent = new Map<number, Sent>()
  readonly #asked = new Map<number, Due>()
  readonly #tallies = new Map<ActionName, Latencies>()
  readonly #recent: { room: number; seq: number }[] = []
  readonly #delivery = new Latencies()
  readonly #restTimes = new Latencies()
  readonly #late = new Latencies()
  readonly #errors: Record<string, number> = {}
  readonly #closes: Record<string, number> = {}
  #asks = 0
  #refreshes = 0
  /** Messages and requests that are not answered yet. */
  #open = 0
  #expected = 0
  #arrived = 0
  #duplicates = 0

  constructor(crowd: Crowd, load: MixedLoad) {
    this.#load = load
    this.password = load.password
    this.#rest = new Rest(load.api, restConnections)
    const seats = new Map(crowd.seats.map(seat => [seat.member.token, seat]))
    this.#people = load.people.map(person => {
      const seat = seats.get(person.token)
      if (!seat) throw new Error(`${person.username} is not in the crowd`)
      return { ...person, seat, speakers: new Map() }
    })
    for (const person of this.#people)
      for (const room of [person.direct, ...person.groups])
        this.#rooms.set(room, [...(this.#rooms.get(room) ?? []), person])
    for (const { action } of load.actions) this.#tallies.set(action, new Latencies())
    for (const person of this.#people) this.#listen(person)
  }

  anybody(): Person {
    return pick(this.#people)
  }

  memberOf(room: number): Person {
    return pick(this.#rooms.get(room) as Person[])
  }

  /** A message of the last seconds, as people look at those; before there is one, a room's first. */
  recent(): { room: number; seq: number } {
    return this.#recent.length > 0 ? pick(this.#recent) : { room: this.anybody().direct, seq: 1 }
  }

  /** Everybody in turn: a refresh token is good once. */
  nextToRefresh(): Person {
    return this.#people[this.#refreshes++ % this.#people.length] as Person
  }

  send(due: Due, person: Person, room: number): void {
    let speaker = person.speakers.get(room)
    if (!speaker) {
      speaker = petrel.speaker({ token: person.token, room })
      person.speakers.set(room, speaker)
    }
    const index = takeIndex()
    const left = new Set(this.#rooms.get(room))
    left.delete(person)
    if (due.measured) this.#expected += left.size
    this.#sent.set(index, { due, room, left, isAnswered: false })
    this.#open++
    person.seat.wire.write(speaker(index))
  }

  ask(due: Due, { seat }: Person, op: OpName, body: object): void {
    const nth = this.#asks++
    this.#asked.set(nth, due)
    this.#open++
    seat.wire.write(requestFrame(op, nth, body))
  }

  rest(due: Due, call: Call, onText: (text: string) => void = () => undefined): void {
    this.#open++
    void this.#rest.call(call).then(reply => {
      this.#open--
      if (isOk(reply)) {
        onText(reply.text)
        this.#done(due, performance.now())
        if (due.measured && due.action !== 'login')
          this.#restTimes.add(performance.now() - due.atMs)
        return
      }
      const why: Record<string, number> = {}
      count(why, reply)
      for (const words of Object.keys(why)) this.#failed(due, words)
    })
  }

  async run(onMark: OnMark): Promise<MixedOutcome> {
    const { actions, warmUpS, seconds, drainS } = this.#load
    const beginMs = performance.now() + 20
    const measureMs = beginMs + warmUpS * 1000
    const endMs = measureMs + seconds * 1000
    const schedules = actions.map(({ action, perS }, i) => ({
      action,
      everyMs: 1000 / perS,
      // Spread, so that the slow ones do not all come at the same moment.
      atMs: beginMs + ((i + 0.5) / actions.length) * (1000 / perS),
    }))
    let isMeasured = false
    await new Promise<void>(resolve => {
      const metronome = startMetronome(tickMs, () => {
        const nowMs = performance.now()
        if (!isMeasured && nowMs >= measureMs) {
          isMeasured = true
          onMark('begin')
        }
        for (const schedule of schedules) this.#start(schedule, Math.min(nowMs, endMs), measureMs)
        if (nowMs < endMs) return
        metronome.stop()
        resolve()
      })
    })
    onMark('end')
    await this.#drain(drainS)
    return this.#outcome()
  }

  #start(
    schedule: { action: ActionName; everyMs: number; atMs: number },
    untilMs: number,
    measureMs: number,
  ): void {
    for (; schedule.atMs < untilMs; schedule.atMs += schedule.everyMs) {
      const { action, atMs } = schedule
      const measured = atMs >= measureMs
      if (measured) this.#late.add(performance.now() - atMs)
      begin[action](this, { action, atMs, measured })
    }
  }

  #listen(person: Person): void {
    const { wire } = person.seat
    const reading: Reading = { kind: seen.other, index: 0 }
    wire.onFrame = (bytes, start, end) => {
      petrel.read(bytes, start, end, reading)
      if (reading.kind === seen.message) this.#onMessage(person, reading.index)
      else if (reading.kind === seen.ack || reading.kind === seen.refused)
        this.#onSent(reading.index, bytes, start, end)
      else this.#onAnswer(bytes, start, end)
    }
    wire.onClose = code => {
      this.#closes[code] = (this.#closes[code] ?? 0) + 1
    }
  }

  /** HOT: per delivery. */
  #onMessage(person: Person, index: number): void {
    const sent = this.#sent.get(index)
    if (!sent?.due.measured) return
    if (!sent.left.delete(person)) {
      this.#duplicates++
      return
    }
    this.#arrived++
    this.#delivery.add(read.atMs - sent.due.atMs)
  }

  #onSent(index: number, bytes: Buffer, start: number, end: number): void {
    const sent = this.#sent.get(index)
    if (!sent || sent.isAnswered) return
    sent.isAnswered = true
    this.#open--
    const code = refusal(bytes, start, end)
    if (code !== null) {
      this.#failed(sent.due, code)
      return
    }
    this.#done(sent.due, read.atMs)
    const [, , { seq }] = decodeFrame(bytes, start, end) as [number, number, { seq: number }]
    this.#recent.push({ room: sent.room, seq })
    if (this.#recent.length > recentMax) this.#recent.shift()
  }

  #onAnswer(bytes: Buffer, start: number, end: number): void {
    const nth = answered(bytes, start)
    const due = this.#asked.get(nth)
    if (!due) return
    this.#asked.delete(nth)
    this.#open--
    const code = refusal(bytes, start, end)
    if (code === null) this.#done(due, read.atMs)
    else this.#failed(due, code)
  }

  #done({ action, atMs, measured }: Due, nowMs: number): void {
    if (measured) this.#tallies.get(action)?.add(nowMs - atMs)
  }

  #failed({ action, measured }: Due, words: string): void {
    if (!measured) return
    const why = `${action}: ${words}`
    this.#errors[why] = (this.#errors[why] ?? 0) + 1
  }

  async #drain(drainS: number): Promise<void> {
    const deadlineMs = performance.now() + drainS * 1000
    const complete = () => this.#arrived >= this.#expected && this.#open === 0
    while (!complete() && performance.now() < deadlineMs) await sleep(20)
    // A doubled delivery would come soon after the first.
    await sleep(100)
  }

  #outcome(): MixedOutcome {
    for (const due of this.#asked.values()) this.#failed(due, 'no answer')
    for (const { due, isAnswered } of this.#sent.values())
      if (!isAnswered) this.#failed(due, 'no answer')
    this.#rest.close()
    for (const { seat } of this.#people) {
      seat.wire.onFrame = () => undefined
      seat.wire.onClose = () => undefined
    }
    return {
      seconds: this.#load.seconds,
      expected: this.#expected,
      arrived: this.#arrived,
      duplicates: this.#duplicates,
      delivery: this.#delivery.summary,
      actions: [...this.#tallies].map(([action, tally]) => {
        const latency = tally.summary
        return { action, done: latency.count, latency }
      }),
      rest: this.#restTimes.summary,
      errors: this.#errors,
      closes: this.#closes,
      late: this.#late.summary,
    }
  }
}

/** Lives a day of this crowd, all of whose members the load knows. */
export function mixed(crowd: Crowd, load: MixedLoad, onMark: OnMark): Promise<MixedOutcome> {
  return new Day(crowd, load).run(onMark)
}

function pick<Item>(items: readonly Item[]): Item {
  return items[Math.floor(Math.random() * items.length)] as Item
}
