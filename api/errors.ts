// Every failure of a request becomes an RFC 9457 problem document here, and nowhere else.
// A 5xx shows the table's sentence only: what really happened goes to the log, with the request's id.

import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type * as z from 'zod'
import { AppError, type ErrorCode, errorCodes } from '#shared/protocol/codes.ts'
import type { Problem } from '#shared/protocol/http.ts'
import type { ApiEnv, ApiServices } from './services.ts'

type FieldErrors = NonNullable<Problem['errors']>

/** A request that does not fit its schema, with the place of each fault. */
export class InvalidRequest extends Error {
  override readonly name = 'InvalidRequest'
  readonly errors: FieldErrors

  constructor(error: z.core.$ZodError) {
    super('the request does not fit its schema')
    this.errors = error.issues.flatMap(describeIssue).slice(0, fieldErrorsMax)
  }
}

const fieldErrorsMax = 20
const pointerCharsMax = 100

/** The app's onError. */
export function answerError({ log, report }: Pick<ApiServices, 'log' | 'report'>) {
  return (error: Error, c: Context<ApiEnv>): Response => {
    if (error instanceof InvalidRequest)
      return problemResponse(c, report, new AppError('bad_request'), error.errors)
    const known = toAppError(error)
    if (errorCodes[known.code].http >= 500) {
      log.error({ err: error, requestId: c.var.requestId, code: known.code }, 'request failed')
    }
    return problemResponse(c, report, known)
  }
}

function toAppError(error: Error): AppError {
  if (error instanceof AppError) return error
  if (error instanceof HTTPException) {
    // Thrown by Hono's own validators: malformed JSON or a wrong media type.
    const code = codeOfStatus[error.status]
    if (code) return new AppError(code, { cause: error })
  }
  return new AppError('internal', { cause: error })
}

const codeOfStatus: Partial<Record<number, ErrorCode>> = {
  400: 'bad_request',
  404: 'not_found',
  413: 'too_large',
  415: 'unsupported_media_type',
}

function problemResponse(
  c: Context<ApiEnv>,
  report: ApiServices['report'],
  error: AppError,
  errors?: FieldErrors,
): Response {
  const { http, message, retry } = errorCodes[error.code]
  const problem: Problem = {
    type: `urn:petrel:error:${error.code}`,
    title: message,
    status: http,
    code: error.code,
  }
  if (error.detail !== undefined && http < 500) problem.detail = error.detail
  if (errors) problem.errors = errors
  if (retry) {
    problem.retryMs = Math.ceil(error.retryMs ?? 1_000)
    c.header('retry-after', String(Math.ceil(problem.retryMs / 1000)))
  }
  if (http === 401) c.header('www-authenticate', 'Bearer')
  report.problem({ code: error.code })
  return c.body(JSON.stringify(problem), http, { 'content-type': 'application/problem+json' })
}

function describeIssue(issue: z.core.$ZodIssue): FieldErrors {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map(key => ({
      pointer: pointerTo([...issue.path, key]),
      detail: 'There is no such field.',
    }))
  }
  return [{ pointer: pointerTo(issue.path), detail: issue.message }]
}

/** RFC 6901. */
function pointerTo(path: readonly PropertyKey[]): string {
  const parts = path.map(part => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`)
  return parts.join('').slice(0, pointerCharsMax)
}
