// For operators: the queue of reports. Everybody else finds nothing here.

import { type OpenAPIHono, z } from '@hono/zod-openapi'
import { createMiddleware } from 'hono/factory'
import { decideReport } from '#shared/actions/decide-report.ts'
import { AppError } from '#shared/protocol/codes.ts'
import { reportDecision, reportOut, reportPage } from '#shared/protocol/http.ts'
import { limits } from '#shared/protocol/limits.ts'
import { isOperator, readReports } from '#shared/store/reports.ts'
import { requireSession } from '../auth.ts'
import type { ApiEnv, ApiServices } from '../services.ts'
import { describe, idParam, jsonBody, jsonOk, limitParam } from './describe.ts'

const tag = 'Operators'
const reportsPage = 20

export function addOperatorRoutes(app: OpenAPIHono<ApiEnv>, deps: ApiServices): void {
  const session = requireOperator(deps)

  app.openapi(
    describe({
      method: 'get',
      path: '/api/v1/operator/reports',
      tag,
      id: 'listReports',
      summary:
        'Reports by id, oldest first, with a copy of what was reported; `next` continues as `after`. Not found for everybody but operators.',
      session,
      request: {
        query: z.strictObject({
          state: z.enum(['open', 'closed']).optional(),
          after: idParam.optional(),
          limit: limitParam(limits.pageReportsMax).optional(),
        }),
      },
      ok: { 200: jsonOk(reportPage, 'A page of reports.') },
      problems: ['not_found'],
    }),
    async c => {
      const { state = 'open', after = 0, limit = reportsPage } = c.req.valid('query')
      const rows = await readReports(deps.db, state, after, limit + 1)
      const reports = rows.slice(0, limit)
      const last = reports.at(-1)
      return c.json({ reports, ...(rows.length > limit && last && { next: last.id }) }, 200)
    },
  )

  app.openapi(
    describe({
      method: 'post',
      path: '/api/v1/operator/reports/{id}',
      tag,
      id: 'decideReport',
      summary:
        'Closes a report: dismisses it, deletes the reported messages for everybody, warns whom it is about, or closes their account and signs it out everywhere. Not found for everybody but operators.',
      session,
      request: { params: z.object({ id: idParam }), body: jsonBody(reportDecision) },
      ok: { 200: jsonOk(reportOut, 'The report as it is closed.') },
      problems: ['not_found', 'conflict'],
    }),
    async c => {
      const { id } = c.req.valid('param')
      const operator = c.var.session.me.id
      return c.json({ report: await decideReport(deps, operator, id, c.req.valid('json')) }, 200)
    },
  )
}

/** A session, and an operator's: for the others there is no such path. */
function requireOperator(deps: ApiServices) {
  const session = requireSession(deps)
  return createMiddleware<ApiEnv>((c, next) =>
    session(c, async () => {
      if (!(await isOperator(deps.db, c.var.session.me.id))) throw new AppError('not_found')
      await next()
    }),
  )
}
