// Other people.

import { type OpenAPIHono, z } from '@hono/zod-openapi'
import { AppError } from '#shared/protocol/codes.ts'
import { username, userOut } from '#shared/protocol/http.ts'
import { findProfile } from '#shared/store/users.ts'
import { requireSession } from '../auth.ts'
import type { ApiEnv, ApiServices } from '../services.ts'
import { describe, jsonOk } from './describe.ts'

export function addUserRoutes(app: OpenAPIHono<ApiEnv>, deps: ApiServices): void {
  app.openapi(
    describe({
      method: 'get',
      path: '/api/v1/users/by-username/{username}',
      tag: 'People',
      id: 'userByUsername',
      summary: 'The user with exactly this username, in any case.',
      session: requireSession(deps),
      request: { params: z.object({ username }) },
      ok: { 200: jsonOk(userOut, 'The user.') },
      problems: ['not_found'],
    }),
    async c => {
      const viewer = c.var.session.me.id
      const user = await findProfile(deps.db, viewer, c.req.valid('param').username)
      if (!user) throw new AppError('not_found')
      return c.json({ user }, 200)
    },
  )
}
