// Web Push of the session that asks: what it has subscribed, and a test of the whole way.

import type { OpenAPIHono } from '@hono/zod-openapi'
import { subscribePush } from '#shared/actions/push-subscriptions.ts'
import { AppError } from '#shared/protocol/codes.ts'
import { type PushResult, pushIn, pushState, pushTest } from '#shared/protocol/http.ts'
import type { SessionId } from '#shared/protocol/ids.ts'
import {
  deletePushOf,
  deletePushSubscription,
  readPushSubscription,
} from '#shared/store/push-subscriptions.ts'
import { requireSession } from '../auth.ts'
import type { ApiEnv, ApiServices } from '../services.ts'
import { describe, jsonBody, jsonOk } from './describe.ts'

const tag = 'Push'
const testTtlS = 60

export function addPushRoutes(app: OpenAPIHono<ApiEnv>, deps: ApiServices): void {
  const session = requireSession(deps)

  app.openapi(
    describe({
      method: 'get',
      path: '/api/v1/push',
      tag,
      id: 'pushState',
      summary: 'The key to subscribe to Web Push with, and what this session has subscribed.',
      session,
      ok: { 200: jsonOk(pushState, 'The state.') },
    }),
    async c => {
      const found = await readPushSubscription(deps.db, c.var.session.id)
      const subscription = found
        ? { endpoint: found.endpoint, previews: found.previews, createdAt: found.createdAt }
        : null
      return c.json({ key: deps.pusher?.publicKey ?? null, subscription }, 200)
    },
  )

  app.openapi(
    describe({
      method: 'put',
      path: '/api/v1/push/subscription',
      tag,
      id: 'subscribePush',
      summary: "Tells this session's browser of messages while its page is closed.",
      session,
      request: { body: jsonBody(pushIn) },
      ok: { 204: { description: 'Subscribed; it ends with the session.' } },
      problems: ['conflict', 'not_found'],
    }),
    async c => {
      if (!deps.pusher) throw new AppError('not_found', { detail: 'This server pushes nothing.' })
      const input = c.req.valid('json')
      if (!deps.pusher.accepts(input.endpoint))
        throw new AppError('bad_request', { detail: 'The endpoint is no push service.' })
      const { id, me } = c.var.session
      await deps.limiter.take('pushSubscribesPerUser', String(me.id))
      await subscribePush(deps, { user: me.id, session: id }, input)
      return c.body(null, 204)
    },
  )

  app.openapi(
    describe({
      method: 'delete',
      path: '/api/v1/push/subscription',
      tag,
      id: 'unsubscribePush',
      summary: 'No more pushes to this session.',
      session,
      ok: { 204: { description: 'Unsubscribed, or it was not subscribed.' } },
    }),
    async c => {
      await deletePushOf(deps.db, c.var.session.id)
      return c.body(null, 204)
    },
  )

  app.openapi(
    describe({
      method: 'post',
      path: '/api/v1/push/test',
      tag,
      id: 'testPush',
      summary: "Pushes a test to this session's browser and says how its push service took it.",
      session,
      ok: { 200: jsonOk(pushTest, 'What became of it.') },
    }),
    async c => {
      await deps.limiter.take('pushTestsPerUser', String(c.var.session.me.id))
      return c.json({ result: await pushOnce(deps, c.var.session.id) }, 200)
    },
  )
}

async function pushOnce(
  { db, pusher }: Pick<ApiServices, 'db' | 'pusher'>,
  session: SessionId,
): Promise<PushResult> {
  if (!pusher) return 'off'
  const subscription = await readPushSubscription(db, session)
  if (!subscription) return 'none'
  const { result } = await pusher.push(subscription, { v: 1 }, { ttlS: testTtlS, topic: 'test' })
  if (result === 'gone') await deletePushSubscription(db, subscription.id)
  return result === 'later' ? 'unreachable' : result
}
