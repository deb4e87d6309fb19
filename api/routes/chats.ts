// What is done to a chat with a password in hand; everything else goes over the gateway.

import { type OpenAPIHono, z } from '@hono/zod-openapi'
import { transferOwner } from '#shared/actions/transfer-owner.ts'
import { ownerIn } from '#shared/protocol/http.ts'
import { requireSession } from '../auth.ts'
import type { ApiEnv, ApiServices } from '../services.ts'
import { chatParam, describe, jsonBody } from './describe.ts'

const tag = 'Chats'

export function addChatRoutes(app: OpenAPIHono<ApiEnv>, deps: ApiServices): void {
  const session = requireSession(deps)

  app.openapi(
    describe({
      method: 'post',
      path: '/api/v1/chats/{chat}/owner',
      tag,
      id: 'transferOwner',
      summary:
        'Hands a group or channel over to one of its members; the owner before stays as an admin.',
      session,
      request: { params: z.object({ chat: chatParam }), body: jsonBody(ownerIn) },
      ok: { 204: { description: 'Handed over.' } },
      problems: ['bad_credentials', 'not_found', 'forbidden', 'conflict', 'quota_reached'],
    }),
    async c => {
      const actor = { user: c.var.session.me.id, ip: c.var.ip }
      await transferOwner(deps, actor, c.req.valid('param').chat, c.req.valid('json'))
      return c.body(null, 204)
    },
  )
}
