// One's own account.

import type { OpenAPIHono } from '@hono/zod-openapi'
import { changePassword } from '#shared/actions/change-password.ts'
import { deleteAccount } from '#shared/actions/delete-account.ts'
import { updateProfile } from '#shared/actions/update-profile.ts'
import { deleteAccountIn, meIn, meOut, passwordIn } from '#shared/protocol/http.ts'
import { requireSession } from '../auth.ts'
import type { ApiEnv, ApiServices } from '../services.ts'
import { describe, jsonBody, jsonOk } from './describe.ts'

const tag = 'Account'

export function addMeRoutes(app: OpenAPIHono<ApiEnv>, deps: ApiServices): void {
  const session = requireSession(deps)

  app.openapi(
    describe({
      method: 'get',
      path: '/api/v1/me',
      tag,
      id: 'me',
      summary: 'The own account.',
      session,
      ok: { 200: jsonOk(meOut, 'The account.') },
    }),
    c => c.json({ user: c.var.session.me }, 200),
  )

  app.openapi(
    describe({
      method: 'patch',
      path: '/api/v1/me',
      tag,
      id: 'updateMe',
      summary: 'Changes name, username or about text; fields left out stay as they are.',
      session,
      request: { body: jsonBody(meIn) },
      ok: { 200: jsonOk(meOut, 'The account as it is now.') },
      problems: ['username_taken'],
    }),
    async c =>
      c.json({ user: await updateProfile(deps, c.var.session.me.id, c.req.valid('json')) }, 200),
  )

  app.openapi(
    describe({
      method: 'delete',
      path: '/api/v1/me',
      tag,
      id: 'deleteMe',
      summary:
        'Deletes the account: signs out everywhere, leaves all groups and channels, frees the username.',
      session,
      request: { body: jsonBody(deleteAccountIn) },
      ok: { 204: { description: 'Deleted.' } },
      problems: ['bad_credentials'],
    }),
    async c => {
      const actor = { user: c.var.session.me.id, ip: c.var.ip }
      await deleteAccount(deps, actor, c.req.valid('json'))
      return c.body(null, 204)
    },
  )

  app.openapi(
    describe({
      method: 'post',
      path: '/api/v1/me/password',
      tag,
      id: 'changePassword',
      summary: 'Changes the password and signs every other device out.',
      session,
      request: { body: jsonBody(passwordIn) },
      ok: { 204: { description: 'Changed.' } },
      problems: ['bad_credentials', 'weak_password', 'conflict'],
    }),
    async c => {
      const { id, me } = c.var.session
      await changePassword(deps, { user: me.id, session: id, ip: c.var.ip }, c.req.valid('json'))
      return c.body(null, 204)
    },
  )
}
