// How a route is declared, so that the OpenAPI document has each of its answers, the problems included.

import { createRoute, type RouteConfig, z } from '@hono/zod-openapi'
import type { MiddlewareHandler } from 'hono'
import { type ErrorCode, errorCodes } from '#shared/protocol/codes.ts'
import { problem } from '#shared/protocol/http.ts'
import { id } from '#shared/protocol/ids.ts'
import type { ApiEnv } from '../services.ts'

type Method = 'get' | 'post' | 'patch' | 'put' | 'delete'

interface Declaration<Path extends string, Request extends RouteConfig['request'], Ok> {
  method: Method
  path: Path
  tag: string
  /** Name of the call in generated clients; unique. */
  id: string
  summary: string
  /** Given for routes that need a session. */
  session?: MiddlewareHandler<ApiEnv>
  request?: Request
  ok: Ok
  /** Beside those that every route may answer. */
  problems?: readonly ErrorCode[]
}

const everywhere: readonly ErrorCode[] = ['rate_limited', 'internal', 'overloaded', 'timeout']
/** Also for routes that want no body: one that comes all the same is looked at before the route is. */
const withBody: readonly ErrorCode[] = ['too_large', 'unsupported_media_type']

/** A route with its problems as responses. */
export function describe<
  const Path extends string,
  const Ok extends RouteConfig['responses'],
  const Request extends RouteConfig['request'] = undefined,
>(declaration: Declaration<Path, Request, Ok>) {
  const { method, path, tag, id: operationId, summary, session, request, ok } = declaration
  const codes = new Set([...(declaration.problems ?? []), ...everywhere])
  if (method !== 'get') for (const code of withBody) codes.add(code)
  if (request) codes.add('bad_request')
  if (session) codes.add('unauthorized')
  return createRoute({
    method,
    path,
    tags: [tag],
    operationId,
    summary,
    ...(session && { middleware: session, security: [{ bearer: [] }] }),
    ...(request && { request }),
    // The problems are answered by the error handler, so the handler's type knows only `ok`.
    responses: { ...problemResponses(codes), ...ok } as Ok,
  } as unknown as {
    method: Method
    path: Path
    request: Request extends undefined ? Record<never, never> : Request
    responses: Ok
  })
}

/** A JSON body that is required. */
export function jsonBody<Schema extends z.ZodType>(schema: Schema) {
  return { content: { 'application/json': { schema } }, required: true } as const
}

/** A JSON answer. */
export function jsonOk<Schema extends z.ZodType>(schema: Schema, description: string) {
  return { content: { 'application/json': { schema } }, description } as const
}

/** An id in a path: digits only, so that `1e3` and ` 7` are no ids. */
export const idParam = idIn(id.session())
export const chatParam = idIn(id.chat())

function idIn<Schema extends z.ZodType<number, number>>(schema: Schema) {
  return z
    .string()
    .regex(/^[1-9]\d{0,15}$/, 'an id is a whole number')
    .transform(Number)
    .pipe(schema)
    .openapi({ type: 'integer', format: 'int64', minimum: 1 })
}

/** How many, in a query. */
export const limitParam = (max: number) =>
  z
    .string()
    .regex(/^\d{1,6}$/, 'a whole number')
    .transform(Number)
    .pipe(z.int().min(1).max(max))
    .openapi({ type: 'integer', minimum: 1, maximum: max })

function problemResponses(codes: ReadonlySet<ErrorCode>): RouteConfig['responses'] {
  const byStatus = new Map<number, ErrorCode[]>()
  for (const code of codes) {
    const status = errorCodes[code].http
    byStatus.set(status, [...(byStatus.get(status) ?? []), code])
  }
  return Object.fromEntries(
    [...byStatus].map(([status, of]) => [
      status,
      {
        description: of.map(code => `\`${code}\`: ${errorCodes[code].message}`).join(' '),
        content: { 'application/problem+json': { schema: problem } },
      },
    ]),
  )
}
