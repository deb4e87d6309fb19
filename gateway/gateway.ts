// One gateway process, put together. main.ts gives it the configuration; tests start several in one process.

import { MessageSearch } from '#shared/actions/search-messages.ts'
import type { Batch, Services } from '#shared/actions/services.ts'
import { limits } from '#shared/protocol/limits.ts'
import { type Clock, systemClock } from '#shared/runtime/clock.ts'
import type { Config } from '#shared/runtime/config.ts'
import type { Log } from '#shared/runtime/log.ts'
import type { Metrics } from '#shared/runtime/metrics.ts'
import { type Bus, type Cast, openBus } from '#shared/store/bus.ts'
import { type Db, openDb } from '#shared/store/db.ts'
import { addJob } from '#shared/store/jobs.ts'
import type { Budget } from './budget.ts'
import { budgetsOf } from './budgets.ts'
import { Choices } from './choices.ts'
import { Connection, type Socket } from './connection.ts'
import { CountNews } from './count-news.ts'
import { Dispatch } from './dispatch.ts'
import { runDrain } from './drain.ts'
import { FanOut } from './fan-out.ts'
import { Flusher } from './flusher.ts'
import { Greeting } from './greeting.ts'
import type { Context } from './handlers/context.ts'
import { Handshakes } from './handshakes.ts'
import { Hub, type HubEvents } from './hub.ts'
import { Lanes } from './lanes.ts'
import { storeDelivered, storeReads } from './mark-news.ts'
import { Marks } from './marks.ts'
import { gatewayCounters, gatewayGauges } from './metrics.ts'
import { Mirrors } from './mirrors.ts'
import { Presence } from './presence.ts'
import { Previews } from './previews.ts'
import { ReadNews } from './read-news.ts'
import { Repair } from './repair.ts'
import { Ring } from './ring.ts'
import { listen, newNodeName, type Server, type SocketHandler } from './server.ts'
import { ViewCounts } from './view-counts.ts'

export interface GatewayOptions {
  config: Config<'gateway'>
  log: Log
  metrics: Metrics
  clock?: Clock
  /** Overrides config.gatewayPort. */
  port?: number
  /** Other processes of the same supervisor listen on the port too. */
  sharesPort?: boolean
}

export interface Gateway {
  port: number
  node: string
  /** Drains: no new connections, hints to reconnect, lanes empty, sockets closed with 4010. */
  stop(): Promise<void>
}

const housekeepingEveryMs = 1_000
const closeGraceMs = 2_000

/** Opens the stores, builds the parts, listens. @throws when the port or the library is not usable */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { config, log, clock = systemClock } = options
  const node = newNodeName()
  const counters = gatewayCounters(options.metrics)
  const onError = (error: Error) =>
    log.debug({ reason: error.message }, 'a store connection failed')
  const db = openDb({
    url: config.databaseUrl,
    poolMax: config.databasePool,
    name: `petrel gateway ${node}`,
    onError,
  })
  const bus = openBus({ url: config.redisUrl, node, onError })
  const ring = new Ring({ ageMsMax: limits.ringMs, bytesMax: limits.ringBytesMax })
  const parts = wire({ options, db, bus, ring, node, clock, counters })
  const { hub, repair } = parts
  gatewayGauges(options.metrics, { ...parts, ring })
  await bus.read({
    onEvents: events => {
      for (const event of events) hub.deliver(event)
    },
    onCast: cast => {
      if (cast.type === 'chat') hub.castChat(cast.chat, cast.from, cast.frame)
      else if (cast.type === 'reads') parts.readNews.put(cast.chat, cast.marks)
      else if (cast.type === 'counts') parts.countNews.put(cast.chat, cast.counts)
      else parts.presence.onCast(cast)
    },
    onDoubt: () => {
      void repair.compare()
      void parts.presence.onDoubt()
    },
  })
  const accept = accepting(options, parts, { node, clock, counters })
  const server: Server = await listen({
    host: config.host,
    port: options.port ?? config.gatewayPort,
    sharesPort: options.sharesPort ?? false,
    origins: new Set(config.publicOrigins),
    trustProxy: config.trustProxy,
    handshakes: parts.handshakes,
    accept,
    onRefused: counters.refused,
    full: () => hub.connections.size >= limits.connectionsPerNodeMax,
  }).catch(async error => {
    repair.stop()
    await parts.fanOut.stop()
    await parts.presence.stop()
    await Promise.all([bus.close(), db.close()])
    throw error
  })
  const housekeeping = setInterval(() => keepHouse(hub, clock), housekeepingEveryMs)
  return {
    port: server.port,
    node,
    async stop() {
      parts.state.draining = true
      await runDrain({ server, ...parts, drainMs: config.drainMs })
      clearInterval(housekeeping)
      server.close()
      await bus.close()
      await db.close()
    },
  }
}

type Counters = ReturnType<typeof gatewayCounters>

interface Parts {
  hub: Hub
  flusher: Flusher
  handshakes: Handshakes
  greeting: Greeting
  lanes: Lanes
  fanOut: FanOut
  repair: Repair
  presence: Presence
  readMarks: Marks
  deliveredMarks: Marks
  choices: Choices
  readNews: ReadNews
  viewCounts: ViewCounts
  countNews: CountNews
  mirrors: Mirrors
  dispatch: Dispatch
  state: { draining: boolean }
}

/** What everything here is made from. */
interface Given {
  options: GatewayOptions
  db: Db
  bus: Bus
  ring: Ring
  node: string
  clock: Clock
  counters: Counters
}

function wire(given: Given): Parts {
  const { db, bus, ring, node, clock, counters } = given
  const { config, log } = given.options
  const nowMs = () => clock.monotonic()
  const flusher = new Flusher()
  const events: HubEvents = {
    onChatBehind: chat => repair.chat(chat),
    onUserBehind: user => void repair.user(user),
    onUserHere: (user, here) => presence.onUserHere(user, here),
    onPerson: (user, other) => presence.onPerson(user, other),
  }
  const hub: Hub = new Hub({ ring, flusher, events, nowMs })
  const presence = new Presence({ hub, db, bus, node, clock, log })
  const repair = new Repair({ hub, db, bus, log, clock, onNewEpoch: () => hub.startOver() })
  const fanOut = new FanOut({ hub, bus, db, log })
  const cast = (cast: Cast) => bus.cast(cast)
  const channels = channelsOf({ hub, db, clock, log, cast, publish: fanOut.publish })
  const publish = (batch: Batch) => {
    fanOut.publish(batch)
    channels.mirrors.onBatch(batch)
  }
  const services: Services = { db, clock, publish }
  const marks = marksOf({ ...services, hub, cast })
  const choices = new Choices({ services, log })
  const connections = Array.from({ length: config.lanes }, () => db.lane())
  const lanes = new Lanes({ connections, publish, log, onBatch: counters.batch })
  const { userFrames, ...budgets } = budgetsOf(config, nowMs)
  const context: Context = {
    ...services,
    hub,
    lanes,
    readMarks: marks.readMarks,
    deliveredMarks: marks.deliveredMarks,
    presence,
    choices,
    viewCounts: channels.viewCounts,
    previews: config.linkPreviews ? previewsOf(bus, nowMs) : null,
    messageSearch: new MessageSearch({ db, clock }),
    ...budgets,
    bus,
  }
  const state = { draining: false }
  const front = frontOf(given, { hub, repair, context, userFrames, state })
  const core = { hub, flusher, lanes, fanOut, repair, presence, choices, state }
  return { ...core, ...marks, ...channels, ...front }
}

/** What connections meet: the door, the greeting, and the way of each request to its handler. */
function frontOf(
  { options: { config, log }, db, ring, node, clock, counters }: Given,
  {
    hub,
    repair,
    context,
    userFrames,
    state,
  }: Pick<Parts, 'hub' | 'repair' | 'state'> & { context: Context; userFrames: Budget },
): Pick<Parts, 'handshakes' | 'greeting' | 'dispatch'> {
  const { handshakesPerIpBurst, handshakesPerIpPerS } = config
  const nowMs = () => clock.monotonic()
  const handshakes = new Handshakes({ handshakesPerIpBurst, handshakesPerIpPerS, nowMs })
  const greeting = new Greeting({
    db,
    hub,
    ring,
    clock,
    keys: config.jwtPublicKeys,
    node,
    helloPerS: config.helloPerS,
    helloPerUser: config.helloPerUser,
    onUserBehind: user => void repair.user(user),
    onWrongToken: ip => handshakes.onWrongToken(ip),
    onResume: counters.resumed,
  })
  const dispatch = new Dispatch({
    context,
    userFrames,
    log,
    hello: (connection, read) => greeting.greet(connection, read),
    onRequest: counters.request,
    draining: () => state.draining,
  })
  return { handshakes, greeting, dispatch }
}

/** Marks of members on their way to PostgreSQL, and those of others on their way to sockets. */
function marksOf(
  deps: Services & { hub: Hub; cast(cast: Cast): void },
): Pick<Parts, 'readMarks' | 'deliveredMarks' | 'readNews'> {
  const readNews = new ReadNews(deps.hub)
  return {
    readNews,
    readMarks: new Marks(marks => storeReads({ ...deps, readNews }, marks)),
    deliveredMarks: new Marks(marks => storeDelivered(deps, marks)),
  }
}

function previewsOf({ redis }: Bus, nowMs: () => number): Previews {
  return new Previews({ add: job => addJob(redis, 'previews', job), nowMs })
}

/** What channels have beside their posts. */
function channelsOf({
  hub,
  log,
  cast,
  ...services
}: Services & { hub: Hub; log: Log; cast(cast: Cast): void }): Pick<
  Parts,
  'countNews' | 'viewCounts' | 'mirrors'
> {
  const countNews = new CountNews(hub)
  const viewCounts = new ViewCounts({ db: services.db, log, news: countNews, cast })
  return {
    countNews,
    viewCounts,
    mirrors: new Mirrors({ services, hub, news: countNews, cast, log }),
  }
}

function accepting(
  { config }: GatewayOptions,
  parts: Parts,
  { node, clock, counters }: { node: string; clock: Clock; counters: Counters },
): (socket: Socket, ip: string) => SocketHandler {
  const { hub, flusher } = parts
  const stats = { closes: counters.close, droppedEphemeral: counters.dropped }
  let count = 0
  return (socket, ip) => {
    const connection = new Connection(socket, {
      // Unique over all processes and machines: an event names its origin by it.
      id: `${node}-${(++count).toString(36)}`,
      ip,
      flusher,
      stats,
      frameBurst: config.frameBurst,
      framesPerS: config.framesPerS,
      nowMs: clock.monotonic(),
    })
    hub.connections.add(connection)
    return new Link(connection, parts)
  }
}

/** What a socket's callbacks do. A class: 70 bytes, closures took 360. */
class Link implements SocketHandler {
  readonly #connection: Connection
  readonly #parts: Pick<Parts, 'hub' | 'presence' | 'dispatch'>

  constructor(connection: Connection, parts: Pick<Parts, 'hub' | 'presence' | 'dispatch'>) {
    this.#connection = connection
    this.#parts = parts
  }

  onMessage(bytes: Uint8Array): void {
    this.#parts.dispatch.onFrame(this.#connection, bytes)
  }

  onText(): void {
    this.#connection.end('bad_frame')
  }

  onDrain(): void {
    this.#connection.onDrain()
  }

  onClose(): void {
    this.#connection.onClosed()
    this.#parts.presence.forget(this.#connection)
    this.#parts.hub.remove(this.#connection)
  }
}

/** Ends sockets that never say who they are, and those whose close does not come through. */
function keepHouse(hub: Hub, clock: Clock): void {
  const nowMs = clock.monotonic()
  for (const connection of [...hub.connections]) {
    if (connection.state === 'opening' && nowMs - connection.openedAtMs > limits.helloTimeoutMs) {
      connection.end('hello_timeout')
    }
    // The client gives up about now; its place is for somebody who is there.
    if (
      connection.state === 'greeting' &&
      nowMs - connection.openedAtMs > limits.greetingTimeoutMs
    ) {
      connection.end('overloaded', Math.round(500 + Math.random() * 4_500))
    }
    connection.endIfStuckFor(limits.stuckReaderMs, performance.now())
    connection.cutIfDeadFor(closeGraceMs, performance.now())
  }
}
