// One REST call: JSON in, JSON out, problem documents to AppError. Knows nothing of tokens' lives.

import * as z from 'zod'
import { AppError, type ErrorCode } from '#shared/protocol/codes.ts'
import { type Problem, problem } from '#shared/protocol/http.ts'
import { toErrorCode } from './server-frame.ts'
import type { ClientClock } from './types.ts'

const timeoutMs = 15_000

export interface HttpDeps {
  /** Origin of the api, empty for the page's own. */
  api: string
  fetch: typeof fetch
  clock: ClientClock
}

export interface HttpCall {
  method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE'
  /** Below `/api/v1`, with a leading slash. */
  path: string
  body?: unknown
  token?: string
  /** The answer matters to nobody: a page that closes meanwhile does not end the call. */
  keepalive?: true
}

/**
 * Calls the api.
 * @returns the answer's JSON, or null for an empty one
 * @throws AppError with the code of the problem document (fields that are wrong: `fieldErrors`), or
 *   `timeout` when no answer came: the api was not reached, or not in 15 s
 */
export async function callHttp(deps: HttpDeps, call: HttpCall): Promise<unknown> {
  const abort = new AbortController()
  const timer = deps.clock.setTimeout(() => abort.abort(), timeoutMs)
  try {
    const headers: Record<string, string> = {}
    if (call.body !== undefined) headers['content-type'] = 'application/json'
    if (call.token !== undefined) headers.authorization = `Bearer ${call.token}`
    const response = await deps.fetch(`${deps.api}/api/v1${call.path}`, {
      method: call.method,
      headers,
      signal: abort.signal,
      ...(call.body !== undefined && { body: JSON.stringify(call.body) }),
      ...(call.keepalive && { keepalive: true }),
    })
    const text = await response.text()
    if (!response.ok) throw toAppError(response, text)
    return text === '' ? null : JSON.parse(text)
  } catch (error) {
    if (error instanceof AppError) throw error
    if (error instanceof SyntaxError) throw new AppError('internal', { cause: error })
    throw new AppError('timeout', { cause: error })
  } finally {
    deps.clock.clearTimeout(timer)
  }
}

/** Calls the api and checks the shape of its answer. @throws AppError, `internal` for another shape */
export async function callHttpFor<Out>(
  deps: HttpDeps,
  call: HttpCall,
  out: z.ZodType<Out>,
): Promise<Out> {
  const parsed = out.safeParse(await callHttp(deps, call))
  if (parsed.success) return parsed.data
  throw new AppError('internal', {
    detail: `bad answer from ${call.path}`,
    cause: z.prettifyError(parsed.error),
  })
}

export interface FieldError {
  /** JSON pointer to the field, as `/username`. */
  pointer: string
  detail: string
}

/** Which fields of a refused request were wrong; empty when the error is not about fields. */
export function fieldErrors(error: unknown): FieldError[] {
  if (!(error instanceof AppError)) return []
  return (error.cause as Problem | undefined)?.errors ?? []
}

const codeOfStatus: Record<number, ErrorCode> = {
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not_found',
  405: 'method_not_allowed',
  409: 'conflict',
  413: 'too_large',
  429: 'rate_limited',
  503: 'overloaded',
  504: 'timeout',
}

/** Also for what is no problem document, as a proxy's own error page. */
function toAppError(response: Response, text: string): AppError {
  const parsed = problem.safeParse(jsonOrNull(text))
  const body = parsed.success ? parsed.data : undefined
  const byStatus =
    codeOfStatus[response.status] ?? (response.status < 500 ? 'bad_request' : 'internal')
  const retryMs = body?.retryMs ?? retryAfterMs(response)
  return new AppError(toErrorCode(body?.code) ?? byStatus, {
    ...(body?.detail !== undefined && { detail: body.detail }),
    ...(retryMs !== undefined && { retryMs }),
    ...(body && { cause: body }),
  })
}

function retryAfterMs(response: Response): number | undefined {
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN)
  return Number.isFinite(seconds) ? seconds * 1000 : undefined
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
