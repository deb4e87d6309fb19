// A new account and its first session.

import { AppError } from '#shared/protocol/codes.ts'
import type { Tokens } from '#shared/protocol/http.ts'
import { isReservedName } from '#shared/protocol/names.ts'
import { addressBucket } from '#shared/runtime/address-bucket.ts'
import { isUniqueViolation } from '#shared/store/db.ts'
import { findName } from '#shared/store/names.ts'
import { insertUser } from '#shared/store/users.ts'
import { type AccountServices, announceRevoked, type Device } from './account-services.ts'
import { openSession } from './open-session.ts'
import { assertStrong } from './passwords.ts'

/** @throws AppError username_taken, weak_password, rate_limited, overloaded */
export async function register(
  deps: AccountServices,
  input: { username: string; name: string; password: string },
  device: Device,
): Promise<Tokens> {
  await deps.limiter.take('registerPerIp', addressBucket(device.ip))
  assertStrong(input.password, input.username)
  // Asked before the slow hash; the unique index decides for two who ask at once.
  const isTaken = isReservedName(input.username) || (await findName(deps.db, input.username))
  if (isTaken) throw new AppError('username_taken')
  const passwordHash = await deps.hasher.hash(input.password)
  try {
    const { tokens, revoked } = await deps.db.tx(async tx => {
      const me = await insertUser(tx, { username: input.username, name: input.name, passwordHash })
      return openSession(deps, tx, me, device)
    })
    announceRevoked(deps, tokens.user.id, revoked, 'too many')
    deps.report.registered({ user: tokens.user.id })
    deps.report.signedIn({ user: tokens.user.id, session: tokens.session, how: 'register' })
    return tokens
  } catch (error) {
    if (isUniqueViolation(error)) throw new AppError('username_taken', { cause: error })
    throw error
  }
}
