// For balancers and monitors: is the process alive, can it work, and its metrics.

import { type OpenAPIHono, z } from '@hono/zod-openapi'
import { AppError } from '#shared/protocol/codes.ts'
import { bearerMatches } from '#shared/runtime/metrics.ts'
import { probePostgres, probeRedis } from '#shared/store/probes.ts'
import type { ApiEnv, ApiServices } from '../services.ts'
import { describe, jsonOk } from './describe.ts'

const tag = 'Operation'
const part = z.enum(['up', 'down'])
const readiness = z.object({ status: part, postgresql: part, redis: part })

export function addHealthRoutes(app: OpenAPIHono<ApiEnv>, deps: ApiServices): void {
  app.openapi(
    describe({
      method: 'get',
      path: '/health/live',
      tag,
      id: 'live',
      summary:
        'The process answers. Says nothing of what it depends on: a restart would not bring that back.',
      ok: { 200: jsonOk(z.object({ status: z.literal('up') }), 'Alive.') },
    }),
    c => c.json({ status: 'up' as const }, 200),
  )

  app.openapi(
    describe({
      method: 'get',
      path: '/health/ready',
      tag,
      id: 'ready',
      summary: 'Whether PostgreSQL and Redis answer.',
      ok: {
        200: jsonOk(readiness, 'Both do.'),
        503: jsonOk(readiness, 'The part that is down does not.'),
      },
    }),
    async c => {
      const [postgresql, redis] = await Promise.all([
        state(probePostgres(deps.db)),
        state(probeRedis(deps.bus)),
      ])
      const up = postgresql === 'up' && redis === 'up'
      return c.json(
        { status: up ? ('up' as const) : ('down' as const), postgresql, redis },
        up ? 200 : 503,
      )
    },
  )

  app.openapi(
    describe({
      method: 'get',
      path: '/metrics',
      tag,
      id: 'metrics',
      summary: 'Prometheus metrics, for bearers of METRICS_TOKEN. Not found when that is not set.',
      ok: {
        200: { description: 'The metrics.', content: { 'text/plain': { schema: z.string() } } },
      },
      problems: ['not_found', 'unauthorized'],
    }),
    async c => {
      const { metricsToken } = deps.config
      if (metricsToken === '') throw new AppError('not_found')
      if (!bearerMatches(c.req.header('authorization'), metricsToken))
        throw new AppError('unauthorized')
      const { registry } = deps.metrics
      return c.text(await registry.metrics(), 200, { 'content-type': registry.contentType })
    },
  )
}

const probeTimeoutMs = 2_500

function state(probe: Promise<void>): Promise<z.infer<typeof part>> {
  const late = new Promise<'down'>(resolve => {
    setTimeout(() => resolve('down'), probeTimeoutMs).unref()
  })
  return Promise.race([
    probe.then(
      () => 'up' as const,
      () => 'down' as const,
    ),
    late,
  ])
}
