// Turns whatever was thrown into one sentence for a person.

import { fieldErrors } from '#client/index.ts'
import { AppError } from '#shared/protocol/codes.ts'
import { text } from '../locales/index.ts'
import { listOf } from './lists.ts'
import { ago } from './when.ts'

/** Waits shorter than this are "a moment". */
const momentMs = 5_000

/** The sentence of the error's code, with the field or the time where the server named it; what has no code is a fault of ours. */
export function sentenceOf(failure: unknown): string {
  if (!(failure instanceof AppError)) return text.errors.internal
  const { code, retryMs = 0 } = failure
  if (code === 'rate_limited' && retryMs >= momentMs)
    return text.failures.wait(ago(Date.now() + retryMs))
  const fields = code === 'bad_request' ? wrongFields(failure) : []
  return fields.length > 0 ? text.failures.fields(listOf(fields)) : text.errors[code]
}

/** The sentence of this code speaks of signing in: who is signed in is told otherwise. */
export function isWrongPassword(failure: unknown): boolean {
  return failure instanceof AppError && failure.code === 'bad_credentials'
}

/** Those that a person can know by name. */
function wrongFields(failure: AppError): string[] {
  const names: Record<string, string> = text.failures.field
  return fieldErrors(failure).flatMap(({ pointer }) => names[pointer.slice(1)] ?? [])
}
