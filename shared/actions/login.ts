// Signing in with a password. An unknown username, a wrong password and an account without one cost the same
// work and get the same answer.

import { AppError } from '#shared/protocol/codes.ts'
import { type Tokens, username as usernameShape } from '#shared/protocol/http.ts'
import { addressBucket } from '#shared/runtime/address-bucket.ts'
import { hasSessionFrom } from '#shared/store/sessions.ts'
import { type Account, findAccount, holdPasswordHash } from '#shared/store/users.ts'
import { type AccountServices, announceRevoked, type Device } from './account-services.ts'
import { openSession } from './open-session.ts'

/** @throws AppError bad_credentials, forbidden (closed by the operators), rate_limited, overloaded */
export async function login(
  deps: AccountServices,
  input: { username: string; password: string },
  device: Device,
): Promise<Tokens> {
  await deps.limiter.take('loginPerIp', addressBucket(device.ip))
  // What no account can be called is not looked up: it could hold what PostgreSQL cannot store.
  const username = usernameShape.safeParse(input.username).data?.toLowerCase()
  const account = username === undefined ? undefined : await findAccount(deps.db, username)
  const forget = await countFailure(deps, input.username.toLowerCase(), account, device.ip)
  if (!(await deps.hasher.matches(input.password, account?.passwordHash ?? null)) || !account) {
    deps.report.signInFailed({ user: account?.me.id, ip: device.ip })
    throw new AppError('bad_credentials')
  }
  await forget()
  if (account.banned) throw new AppError('forbidden', { detail: 'This account was closed.' })
  const { tokens, revoked } = await deps.db.tx(async tx => {
    // A change of password at this moment ends all other sessions: this one must not slip in behind it.
    if (!(await holdPasswordHash(tx, account.me.id, account.passwordHash)))
      throw new AppError('bad_credentials')
    return openSession(deps, tx, account.me, device)
  })
  announceRevoked(deps, tokens.user.id, revoked, 'too many')
  deps.report.signedIn({ user: tokens.user.id, session: tokens.session, how: 'password' })
  return tokens
}

/**
 * Checks a password of somebody who is signed in already, against the same budget of failures.
 * @throws AppError bad_credentials, rate_limited, overloaded
 */
export async function confirmPassword(
  deps: AccountServices,
  account: Account,
  password: string,
  ip: string,
): Promise<void> {
  const forget = await countFailure(deps, (account.me.username ?? '').toLowerCase(), account, ip)
  if (!(await deps.hasher.matches(password, account.passwordHash))) {
    deps.report.signInFailed({ user: account.me.id, ip })
    throw new AppError('bad_credentials', { detail: 'The current password is wrong.' })
  }
  await forget()
}

/**
 * Takes a failure from both budgets before the password is looked at, so that attempts at once cannot slip through.
 * The budget per username would let anybody lock somebody out: addresses where that user is signed in pass it.
 * @returns a function that gives the points back after a success
 */
async function countFailure(
  { limiter, db }: AccountServices,
  username: string,
  account: Account | undefined,
  ip: string,
): Promise<() => Promise<void>> {
  const both = `${addressBucket(ip)}:${username}`
  await limiter.take('loginPerIpUser', both)
  try {
    await limiter.take('loginPerUser', username)
  } catch (refusal) {
    if (!account || !(await hasSessionFrom(db, account.me.id, ip))) throw refusal
  }
  return async () => {
    await Promise.all([
      limiter.reset('loginPerIpUser', both),
      limiter.giveBack('loginPerUser', username),
    ])
  }
}
