// Who asks: the bearer token is checked by its signature and its session by the database, so that a revoked
// session fails at its next request.

import { createMiddleware } from 'hono/factory'
import { AppError } from '#shared/protocol/codes.ts'
import { verifyAccessToken } from '#shared/runtime/tokens.ts'
import { readSessionOwner } from '#shared/store/sessions.ts'
import type { ApiEnv, ApiServices } from './services.ts'

/** Lets only requests with a good access token pass; puts the session into the context. */
export function requireSession({
  db,
  publicKeys,
  clock,
}: Pick<ApiServices, 'db' | 'publicKeys' | 'clock'>) {
  return createMiddleware<ApiEnv>(async (c, next) => {
    const token = /^Bearer ([\w.-]+)$/i.exec(c.req.header('authorization') ?? '')?.[1]
    if (token === undefined) throw new AppError('unauthorized')
    const { user, session } = verifyAccessToken(publicKeys, token, clock)
    const me = await readSessionOwner(db, session, user)
    if (!me) throw new AppError('unauthorized', { detail: 'This session was signed out.' })
    c.set('session', { id: session, me })
    await next()
  })
}
