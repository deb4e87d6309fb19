// Coming and going: register, sign in, refresh, sign out.

import type { OpenAPIHono } from '@hono/zod-openapi'
import { login } from '#shared/actions/login.ts'
import { endAllSessions, endSession } from '#shared/actions/logout.ts'
import { refresh } from '#shared/actions/refresh.ts'
import { register } from '#shared/actions/register.ts'
import { loginIn, refreshIn, registerIn, tokens } from '#shared/protocol/http.ts'
import { requireSession } from '../auth.ts'
import { deviceOf } from '../requests.ts'
import type { ApiEnv, ApiServices } from '../services.ts'
import { describe, jsonBody, jsonOk } from './describe.ts'

const tag = 'Signing in'

export function addAuthRoutes(app: OpenAPIHono<ApiEnv>, deps: ApiServices): void {
  const session = requireSession(deps)

  app.openapi(
    describe({
      method: 'post',
      path: '/api/v1/auth/register',
      tag,
      id: 'register',
      summary: 'Creates an account and signs in.',
      request: { body: jsonBody(registerIn) },
      ok: { 201: jsonOk(tokens, 'The first session of the new account.') },
      problems: ['username_taken', 'weak_password'],
    }),
    async c => {
      const { device, ...input } = c.req.valid('json')
      return c.json(await register(deps, input, deviceOf(c, device)), 201)
    },
  )

  app.openapi(
    describe({
      method: 'post',
      path: '/api/v1/auth/login',
      tag,
      id: 'login',
      summary:
        'Signs in with username and password. Unknown usernames and wrong passwords get the same answer.',
      request: { body: jsonBody(loginIn) },
      ok: { 200: jsonOk(tokens, 'A new session.') },
      problems: ['bad_credentials', 'forbidden'],
    }),
    async c => {
      const { device, ...input } = c.req.valid('json')
      return c.json(await login(deps, input, deviceOf(c, device)), 200)
    },
  )

  app.openapi(
    describe({
      method: 'post',
      path: '/api/v1/auth/refresh',
      tag,
      id: 'refresh',
      summary:
        'Exchanges a refresh token for its successor and a new access token. Within 10 s the same token gets the same successor; after that a used token ends the session.',
      request: { body: jsonBody(refreshIn) },
      ok: { 200: jsonOk(tokens, 'The same session with new tokens.') },
      problems: ['unauthorized'],
    }),
    async c => c.json(await refresh(deps, c.req.valid('json'), { ip: c.var.ip }), 200),
  )

  app.openapi(
    describe({
      method: 'post',
      path: '/api/v1/auth/logout',
      tag,
      id: 'logout',
      summary: 'Ends this session and closes its sockets.',
      session,
      ok: { 204: { description: 'Signed out.' } },
    }),
    async c => {
      const { id, me } = c.var.session
      await endSession(deps, me.id, id, 'logout')
      return c.body(null, 204)
    },
  )

  app.openapi(
    describe({
      method: 'post',
      path: '/api/v1/auth/logout-all',
      tag,
      id: 'logoutAll',
      summary: 'Ends every session of the account, this one included.',
      session,
      ok: { 204: { description: 'Signed out everywhere.' } },
    }),
    async c => {
      await endAllSessions(deps, c.var.session.me.id)
      return c.body(null, 204)
    },
  )
}
