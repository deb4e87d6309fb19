// What the api's routes are given. main.ts builds it once; tests build it with their own database and Redis.

import type { AccountServices, AuthLimit } from '#shared/actions/account-services.ts'
import type { Me } from '#shared/protocol/http.ts'
import type { SessionId } from '#shared/protocol/ids.ts'
import type { Config } from '#shared/runtime/config.ts'
import type { Log } from '#shared/runtime/log.ts'
import type { Metrics } from '#shared/runtime/metrics.ts'
import type { PublicRing } from '#shared/runtime/tokens.ts'
import type { Bus } from '#shared/store/bus.ts'
import type { Limiter } from '#shared/store/limiter.ts'
import type { Pusher } from './push/pusher.ts'

export type ApiLimit = AuthLimit | 'restPerIp' | 'pushTestsPerUser' | 'pushSubscribesPerUser'

export interface ApiServices extends AccountServices {
  limiter: Limiter<ApiLimit>
  /** Check access tokens; the same keys as those that sign. */
  publicKeys: PublicRing
  bus: Pick<Bus, 'redis'>
  /** Null when this server pushes nothing. */
  pusher: Pusher | null
  log: Log
  metrics: Metrics
  config: Pick<Config<'api'>, 'demo' | 'gatewayUrl' | 'metricsToken' | 'trustProxy' | 'webDir'>
  version: string
}

/** What a request carries from the middleware to its handler. */
export interface ApiEnv {
  // The socket, when there is one: tests call the app without a server.
  Bindings: { incoming?: { socket: { remoteAddress?: string } } }
  Variables: {
    requestId: string
    ip: string
    /** Only behind `requireSession`. */
    session: { id: SessionId; me: Me }
  }
}
