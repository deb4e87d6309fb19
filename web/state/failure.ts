// Turns whatever was thrown into one sentence for a person.

import { AppError } from '#shared/protocol/codes.ts'
import { text } from '../locales/index.ts'

/** The sentence of the error's code; a failed fetch and everything unknown become "cannot be reached" and "went wrong". */
export function sentenceOf(failure: unknown): string {
  if (failure instanceof AppError) return text.errors[failure.code]
  if (failure instanceof TypeError) return text.errors.network
  return text.errors.internal
}
