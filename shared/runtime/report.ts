// Business events of accounts: one function for each gives a log line and counts. Values of labels are few.
// Never hands a password, a token or a username to the log; ids suffice to find the rest.

import type { ErrorCode } from '#shared/protocol/codes.ts'
import type { SessionId, UserId } from '#shared/protocol/ids.ts'
import type { Log } from './log.ts'
import type { Metrics } from './metrics.ts'

type SignIn = 'password' | 'register' | 'demo'

export interface Report {
  registered(event: { user: UserId }): void
  signedIn(event: { user: UserId; session: SessionId; how: SignIn }): void
  signInFailed(event: { user: UserId | undefined; ip: string }): void
  /** No log line: every device does it each quarter of an hour. */
  refreshed(): void
  refreshRefused(): void
  /** An old refresh token was presented: it was stolen, or restored from a backup. */
  refreshReused(event: { user: UserId; session: SessionId }): void
  sessionsRevoked(event: { user: UserId; sessions: readonly SessionId[]; why: string }): void
  passwordChanged(event: { user: UserId }): void
  profileChanged(event: { user: UserId }): void
  accountDeleted(event: { user: UserId }): void
  /** The signal did not reach Redis; gateways find out when they next compare with PostgreSQL. */
  signalLost(event: { err: unknown }): void
  problem(event: { code: ErrorCode }): void
}

/** Makes the counters; one per process. */
export function createReport({ log, metrics }: { log: Log; metrics: Metrics }): Report {
  const registrations = metrics.counter('registrations_total', 'Accounts created.')
  const signIns = metrics.counter('sign_ins_total', 'Sessions opened.', ['how'])
  const failures = metrics.counter(
    'sign_in_failures_total',
    'Sign-ins with a wrong username or password.',
  )
  const refreshes = metrics.counter('refreshes_total', 'Refresh tokens presented.', ['result'])
  const revocations = metrics.counter(
    'sessions_revoked_total',
    'Sessions ended before their time.',
    ['why'],
  )
  const changes = metrics.counter(
    'account_changes_total',
    'Changes that people made to their accounts.',
    ['what'],
  )
  const lost = metrics.counter('signals_lost_total', 'Signals that Redis did not take.')
  const problems = metrics.counter('problems_total', 'Problem documents answered.', ['code'])
  return {
    registered(event) {
      registrations.inc()
      log.info(event, 'registered')
    },
    signedIn(event) {
      signIns.inc({ how: event.how })
      log.info(event, 'signed in')
    },
    signInFailed(event) {
      failures.inc()
      log.info(event, 'sign-in failed')
    },
    refreshed: () => refreshes.inc({ result: 'ok' }),
    refreshRefused: () => refreshes.inc({ result: 'refused' }),
    refreshReused(event) {
      refreshes.inc({ result: 'reused' })
      log.warn(event, 'refresh token reused, session revoked')
    },
    sessionsRevoked(event) {
      revocations.inc({ why: event.why }, event.sessions.length)
      log.info(event, 'sessions revoked')
    },
    passwordChanged(event) {
      changes.inc({ what: 'password' })
      log.info(event, 'password changed')
    },
    profileChanged(event) {
      changes.inc({ what: 'profile' })
      log.debug(event, 'profile changed')
    },
    accountDeleted(event) {
      changes.inc({ what: 'delete' })
      log.info(event, 'account deleted')
    },
    signalLost(event) {
      lost.inc()
      log.warn(event, 'a signal was not published')
    },
    problem(event) {
      problems.inc(event)
    },
  }
}
