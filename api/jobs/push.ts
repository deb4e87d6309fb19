// Tells browsers of messages while their page is closed. Hears on the bus which chats have news, notes in PostgreSQL for
// which subscribed browsers that may matter (shared/store/pushes.ts), and looks a little later: whoever has read it
// meanwhile is left alone. Several processes may do it at once, each row is one's; what a process that died had in hand
// comes due again, and what it had not noted is looked for by the next one that starts. A push service that does not answer
// holds up a few pushes of its own (push-crowd.ts).

import { createHmac } from 'node:crypto'
import { payloadOf } from '#shared/actions/push-payload.ts'
import type { ChatId } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import type { Clock } from '#shared/runtime/clock.ts'
import type { Log } from '#shared/runtime/log.ts'
import type { Counter, Metrics } from '#shared/runtime/metrics.ts'
import type { Bus, BusEvent } from '#shared/store/bus.ts'
import type { Db } from '#shared/store/db.ts'
import { readPresence } from '#shared/store/presence.ts'
import {
  deleteExpiredPush,
  deletePushSubscription,
  hasPushSubscriptions,
  notePushOutcome,
} from '#shared/store/push-subscriptions.ts'
import {
  type DuePush,
  dropPushes,
  endPush,
  noteMissedPushes,
  notePushes,
  notePushesOfMany,
  type PushView,
  postponePush,
  putOffPushes,
  readPushes,
  takeDuePushes,
} from '#shared/store/pushes.ts'
import type { Pusher, PushOutcome } from '../push/pusher.ts'
import { PushCrowd } from './push-crowd.ts'
import { repeat } from './repeat.ts'

/** How patient it is; tests have less. */
export interface PushPace {
  /** From a message to the look whether it was read. */
  waitS: number
  /** Longer, while somebody is connected somewhere: they may be about to read it. */
  onlineWaitS: number
  /** Between two pushes of one chat. */
  againS: number
  /** How soon a push that its service did not take is tried again; as many times as there are numbers. */
  retryS: readonly number[]
  /** How long one waits whose push service or person has as many under way as may be. */
  putOffS: number
  /** How often it is looked for what is due, and for whether anybody has subscribed. */
  lookMs: number
  wantedMs: number
}

const usual: PushPace = {
  waitS: 2,
  onlineWaitS: 8,
  againS: 15,
  retryS: [5, 30, 120, 600],
  putOffS: 1,
  lookMs: 300,
  wantedMs: 5_000,
}

/** Older messages are told to nobody any more, as after a long standstill. */
const sinceS = 3 * 3600
/** So long a push service keeps what it cannot deliver. */
const ttlS = 24 * 3600
/** Longer than a push can take. */
const leaseS = 30
const pushesAtOnce = 32
const refusalsMax = 10
/** As many as a topic may have (RFC 8030). */
const topicChars = 32
/** About 10 MB. Those that do not fit are looked for in PostgreSQL. */
const newsMax = 100_000
const chatsPerRound = 64
const subscriptionsPerPage = 500
const tidyEveryMs = 3_600_000
const tidyRowsMax = 1_000
const troubleMs = 1_000
/** To the next look while some push service or person has no room: soon, and yet not at each push that ends. */
const crowdedMs = 100

interface Deps {
  db: Db
  bus: Pick<Bus, 'read' | 'redis'>
  pusher: Pick<Pusher, 'push'>
  clock: Clock
  log: Log
  metrics: Metrics
}

/** Starts it; the function returned stops it after the pushes under way. */
export function startPush(deps: Deps, pace: Partial<PushPace> = {}): () => Promise<void> {
  const job = new PushJob(deps, { ...usual, ...pace })
  return () => job.stop()
}

class PushJob {
  readonly #deps: Deps
  readonly #pace: PushPace
  /** Chats with news, and how many members they have. */
  readonly #news = new Map<ChatId, number>()
  readonly #underWay = new Set<Promise<void>>()
  readonly #crowd = new PushCrowd()
  readonly #stops: (() => Promise<void>)[]
  readonly #outcomes: Counter<'outcome'>
  readonly #failed: Counter
  #wanted = false
  #askedAtMs = Number.NEGATIVE_INFINITY
  #tidiedAtMs = Number.NEGATIVE_INFINITY
  /** News may have been lost. */
  #missed = true

  constructor(deps: Deps, pace: PushPace) {
    this.#deps = deps
    this.#pace = pace
    const { metrics, bus } = deps
    this.#outcomes = metrics.counter('pushes_total', 'Pushes by what became of them.', ['outcome'])
    this.#failed = metrics.counter('push_failures_total', 'Rounds that PostgreSQL did not take.')
    metrics.gauge('pushes_under_way', 'Pushes that wait for a push service.', [], gauge =>
      gauge.set(this.#underWay.size),
    )
    void bus.read({
      onEvents: events => this.#hear(events),
      onDoubt: () => {
        this.#missed = true
      },
    })
    this.#stops = [
      repeat(() => this.#guarded(() => this.#note())),
      repeat(() => this.#guarded(() => this.#send())),
    ]
  }

  async stop(): Promise<void> {
    await Promise.all(this.#stops.map(stop => stop()))
    await Promise.all(this.#underWay)
  }

  /** HOT: per event on the bus. */
  #hear(events: readonly BusEvent[]): void {
    if (!this.#wanted) return
    for (const event of events) {
      if (event.type === 'chat') this.#news.set(event.chat, event.members)
      // Somebody died before they said it: how large the chat is, nobody knows.
      else if (event.type === 'head') this.#news.set(event.chat, Number.POSITIVE_INFINITY)
    }
    if (this.#news.size <= newsMax) return
    this.#news.clear()
    this.#missed = true
  }

  async #guarded(round: () => Promise<number>): Promise<number> {
    try {
      return await round()
    } catch (err) {
      this.#failed.inc()
      this.#deps.log.debug({ err }, 'a round of pushes failed')
      return troubleMs
    }
  }

  /** @returns how long to rest, ms */
  async #note(): Promise<number> {
    const { lookMs, wantedMs } = this.#pace
    if (!(await this.#isWanted())) return wantedMs
    await this.#tidy()
    if (this.#missed) await this.#noteMissed()
    const chats = [...this.#news].slice(0, chatsPerRound)
    // Before they are looked at, so that news from now on count as such.
    for (const [chat] of chats) this.#news.delete(chat)
    try {
      const isSmall = (members: number) => members <= limits.fullFanOutMembersMax
      const small = chats.filter(([, members]) => isSmall(members)).map(([chat]) => chat)
      if (small.length > 0) await notePushes(this.#deps.db, small, this.#pace)
      for (const [chat, members] of chats) if (!isSmall(members)) await this.#noteLarge(chat)
    } catch (error) {
      this.#missed = true
      throw error
    }
    return this.#news.size > 0 ? 0 : lookMs
  }

  /** Whether anybody has subscribed at all: most of the work is for nobody then. */
  async #isWanted(): Promise<boolean> {
    const { db, clock } = this.#deps
    const nowMs = clock.monotonic()
    if (nowMs - this.#askedAtMs >= this.#pace.wantedMs) {
      const before = this.#wanted
      this.#wanted = await hasPushSubscriptions(db)
      this.#askedAtMs = nowMs
      // What was said since then was not listened to.
      if (!before) this.#missed = true
      if (!this.#wanted) this.#news.clear()
    }
    return this.#wanted
  }

  async #noteLarge(chat: ChatId): Promise<void> {
    await everyPage(page => notePushesOfMany(this.#deps.db, chat, this.#pace, page))
  }

  async #noteMissed(): Promise<void> {
    this.#missed = false
    const { againS } = this.#pace
    try {
      await everyPage(page => noteMissedPushes(this.#deps.db, { againS, sinceS }, page))
    } catch (error) {
      this.#missed = true
      throw error
    }
  }

  async #tidy(): Promise<void> {
    const { db, clock } = this.#deps
    if (clock.monotonic() - this.#tidiedAtMs < tidyEveryMs) return
    this.#tidiedAtMs = clock.monotonic()
    await deleteExpiredPush(db, tidyRowsMax)
  }

  /** @returns how long to rest, ms */
  async #send(): Promise<number> {
    const { db, bus } = this.#deps
    if (!this.#wanted) return this.#pace.lookMs
    const free = pushesAtOnce - this.#underWay.size
    if (free === 0) {
      await Promise.race(this.#underWay)
      return 0
    }
    const { due, isCrowded } = await this.#take(free)
    const { lookMs } = this.#pace
    const restMs = isCrowded ? Math.min(lookMs, crowdedMs) : lookMs
    if (due.length === 0) return restMs
    const views = await readPushes(db, due, sinceS)
    const byKey = new Map(views.map(view => [keyOf(view), view]))
    const nobodys = due.filter(each => !byKey.has(keyOf(each)))
    await dropPushes(db, nobodys)
    // Without Redis nobody counts as online: they are told a little sooner.
    const users = views.map(view => view.user)
    const online = await readPresence(bus.redis, users).catch(() => new Set<number>())
    for (const each of due) {
      const view = byKey.get(keyOf(each))
      if (view) this.#begin(view, each, online.has(view.user))
    }
    return due.length === free ? 0 : restMs
  }

  /** At most so many that are due and find room; what finds none waits, and nobody behind it. */
  async #take(limit: number): Promise<{ due: DuePush[]; isCrowded: boolean }> {
    const { db } = this.#deps
    const busy = this.#crowd.busy()
    const taken = await takeDuePushes(db, limit, leaseS, busy)
    const due = this.#crowd.fitting(taken)
    const rest = taken.filter(each => !due.includes(each))
    await putOffPushes(db, rest, this.#pace.putOffS)
    const isCrowded = rest.length + busy.hosts.length + busy.users.length > 0
    return { due, isCrowded }
  }

  #begin(view: PushView, due: DuePush, online: boolean): void {
    this.#crowd.add(due)
    const underWay = this.#tell(view, due, online)
      .catch(err => {
        // It comes due again when its lease ends.
        this.#failed.inc()
        this.#deps.log.debug({ err }, 'a push was not finished')
      })
      .then(() => {
        this.#crowd.remove(due)
        this.#underWay.delete(underWay)
      })
    this.#underWay.add(underWay)
  }

  async #tell(view: PushView, due: DuePush, online: boolean): Promise<void> {
    const { db, pusher } = this.#deps
    const { againS, onlineWaitS } = this.#pace
    const payload = payloadOf(view)
    if (!payload) return endPush(db, view, { seq: view.top, pushed: false }, againS)
    if (online && due.tries === 1) return postponePush(db, view, onlineWaitS)
    const outcome = await pusher.push(view, payload, { ttlS, topic: topicOf(view) })
    this.#outcomes.inc({ outcome: outcome.result })
    await this.#end(view, due, outcome)
  }

  async #end(view: PushView, due: DuePush, outcome: PushOutcome): Promise<void> {
    const { db } = this.#deps
    const { retryS, againS } = this.#pace
    const { subscription } = view
    if (outcome.result === 'gone') return deletePushSubscription(db, subscription)
    const refused = outcome.result !== 'sent'
    const pauseS = retryS[due.tries - 1]
    if (outcome.result === 'later' && pauseS !== undefined) {
      await postponePush(db, view, Math.max(pauseS, (outcome.afterMs ?? 0) / 1_000))
      return
    }
    const failures = await notePushOutcome(db, subscription, { refused })
    if (failures >= refusalsMax) return deletePushSubscription(db, subscription)
    await endPush(db, view, { seq: view.top, pushed: !refused }, againS)
  }
}

/**
 * What a push service sees of the chat, so that it keeps only the last push of each. The browser's secret, which the service
 * does not have, makes it another one for each browser: nobody can tell from it who are in one chat.
 */
function topicOf({ auth, chat }: PushView): string {
  return createHmac('sha256', auth).update(`topic ${chat}`).digest('base64url').slice(0, topicChars)
}

function keyOf({ subscription, chat }: { subscription: number; chat: ChatId }): string {
  return `${subscription} ${chat}`
}

async function everyPage(
  read: (page: { after: number; limit: number }) => Promise<number | undefined>,
): Promise<void> {
  let after: number | undefined = 0
  while (after !== undefined) after = await read({ after, limit: subscriptionsPerPage })
}
