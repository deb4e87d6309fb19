// Turns whatever was thrown into one sentence for a person.

import { AppError } from '#shared/protocol/codes.ts'
import { text } from '../locales/index.ts'

/** The sentence of the error's code; what has none is a fault of ours. */
export function sentenceOf(failure: unknown): string {
  if (failure instanceof AppError) return text.errors[failure.code]
  return text.errors.internal
}
