// What the account use cases are given besides Services, and the signal that ends a session's sockets.

import type { SessionId, UserId } from '#shared/protocol/ids.ts'
import type { Report } from '#shared/runtime/report.ts'
import type { PrivateRing } from '#shared/runtime/tokens.ts'
import type { Limiter } from '#shared/store/limiter.ts'
import type { Services } from './services.ts'

/** Slow on purpose and off the event loop. @throws AppError overloaded when too many wait */
export interface Hasher {
  hash(password: string): Promise<string>
  /** Without a hash it does the same work and answers false, so that nobody can tell by the time. */
  matches(password: string, hash: string | null): Promise<boolean>
}

export type AuthLimit =
  | 'loginPerIpUser'
  | 'loginPerUser'
  | 'loginPerIp'
  | 'registerPerIp'
  | 'refreshPerSession'

export interface AccountServices extends Services {
  hasher: Hasher
  limiter: Limiter<AuthLimit>
  keys: PrivateRing
  /** Derives refresh tokens; at least 256 bits. */
  refreshSecret: Buffer
  report: Report
}

/** The device a request comes from. */
export interface Device {
  ip: string
  /** What the owner calls it, if the client says so. */
  name?: string | undefined
  /** Browser and system, for the list of sessions. */
  platform: string
}

/** Tells the gateways to close the sockets of revoked sessions, and the report why. */
export function announceRevoked(
  deps: Pick<AccountServices, 'publish' | 'report'>,
  user: UserId,
  sessions: readonly SessionId[],
  why: string,
): void {
  if (sessions.length === 0) return
  deps.report.sessionsRevoked({ user, sessions, why })
  deps.publish({
    outbox: null,
    events: sessions.map(session => ({ type: 'sessionRevoked', user, session }) as const),
  })
}
