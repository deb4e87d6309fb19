// What needs no account: the page's configuration and, in demo mode only, entering as a demo person.

import type { OpenAPIHono } from '@hono/zod-openapi'
import { enterDemo, readDemoPeople } from '#shared/actions/demo.ts'
import { AppError } from '#shared/protocol/codes.ts'
import { clientConfig, demoIn, tokens } from '#shared/protocol/http.ts'
import { deviceOf } from '../requests.ts'
import type { ApiEnv, ApiServices } from '../services.ts'
import { describe, jsonBody, jsonOk } from './describe.ts'

export function addOpenRoutes(app: OpenAPIHono<ApiEnv>, deps: ApiServices): void {
  app.openapi(
    describe({
      method: 'get',
      path: '/api/v1/config',
      tag: 'Start',
      id: 'config',
      summary: 'What a client needs to know before anybody signs in.',
      ok: { 200: jsonOk(clientConfig, 'The configuration.') },
    }),
    async c => {
      const demo = deps.config.demo ? await readDemoPeople(deps) : []
      return c.json({ gateway: deps.config.gatewayUrl, demo, version: deps.version }, 200)
    },
  )

  app.openapi(
    describe({
      method: 'post',
      path: '/api/v1/demo/enter',
      tag: 'Start',
      id: 'enterDemo',
      summary:
        'Signs in as a demo person without a password. Not found unless the server runs in demo mode.',
      request: { body: jsonBody(demoIn) },
      ok: { 200: jsonOk(tokens, 'A new session.') },
      problems: ['not_found'],
    }),
    async c => {
      if (!deps.config.demo) throw new AppError('not_found')
      return c.json(await enterDemo(deps, c.req.valid('json').username, deviceOf(c)), 200)
    },
  )
}
