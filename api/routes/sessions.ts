// The devices that are signed in.

import { type OpenAPIHono, z } from '@hono/zod-openapi'
import { endSession } from '#shared/actions/logout.ts'
import { sessionPage } from '#shared/protocol/http.ts'
import { limits } from '#shared/protocol/limits.ts'
import { readSessions } from '#shared/store/sessions.ts'
import { requireSession } from '../auth.ts'
import type { ApiEnv, ApiServices } from '../services.ts'
import { describe, idParam, jsonOk, limitParam } from './describe.ts'

const tag = 'Sessions'

export function addSessionRoutes(app: OpenAPIHono<ApiEnv>, deps: ApiServices): void {
  const session = requireSession(deps)

  app.openapi(
    describe({
      method: 'get',
      path: '/api/v1/sessions',
      tag,
      id: 'listSessions',
      summary: 'The signed-in devices of the account by id; `next` continues as `after`.',
      session,
      request: {
        query: z.strictObject({
          after: idParam.optional(),
          limit: limitParam(limits.sessionsPerUserMax).optional(),
        }),
      },
      ok: { 200: jsonOk(sessionPage, 'A page of sessions.') },
    }),
    async c => {
      const { after = 0, limit = limits.sessionsPerUserMax } = c.req.valid('query')
      const { id, me } = c.var.session
      const rows = await readSessions(deps.db, me.id, after, limit + 1)
      const sessions = rows.slice(0, limit).map(row => ({ ...row, current: row.id === id }))
      const last = sessions.at(-1)
      return c.json({ sessions, ...(rows.length > limit && last && { next: last.id }) }, 200)
    },
  )

  app.openapi(
    describe({
      method: 'delete',
      path: '/api/v1/sessions/{id}',
      tag,
      id: 'revokeSession',
      summary: 'Signs one device of the account out and closes its sockets.',
      session,
      request: { params: z.object({ id: idParam }) },
      ok: { 204: { description: 'Signed out.' } },
      problems: ['not_found'],
    }),
    async c => {
      await endSession(deps, c.var.session.me.id, c.req.valid('param').id, 'revoke')
      return c.body(null, 204)
    },
  )
}
