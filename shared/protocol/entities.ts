// Message text and its formatting: what a text may hold and where entities may lie.
// Offsets and lengths count UTF-16 code units, as JavaScript strings do.

import * as z from 'zod'
import { AppError } from './codes.ts'
import { id } from './ids.ts'
import { limits } from './limits.ts'

export const entityTypes = [
  'bold',
  'italic',
  'underline',
  'strike',
  'code',
  'pre',
  'spoiler',
  'quote',
  'link',
  'mention',
  'userMention',
  'hashtag',
  'command',
  'url',
  'email',
] as const

/** One formatted span: `o` offset and `l` length in UTF-16 code units, `t` its type. */
export const entity = z.object({
  t: z.enum(entityTypes),
  o: z.int().min(0),
  l: z.int().min(1),
  /** Target of a `link`: http, https, mailto or tel. */
  url: z.string().max(2048).optional(),
  /** Programming language of a `pre`. */
  lang: z.string().max(32).optional(),
  /** The person of a `userMention`. */
  user: id.user().optional(),
})

export type Entity = z.infer<typeof entity>

export const entities = z.array(entity).max(limits.entitiesMax)

const safeUrl = /^(https?:\/\/|mailto:|tel:)/i

/**
 * Checks a message's text and entities.
 * @param charsMax the sender's plan decides it
 * @throws AppError text_empty, text_too_long, bad_text or bad_entities
 */
export function checkText(
  text: string,
  spans: readonly Entity[] | undefined,
  charsMax: number,
): void {
  if (text.trim() === '') throw new AppError('text_empty')
  if (text.length > charsMax) {
    throw new AppError('text_too_long', {
      detail: `The text has ${text.length} characters; ${charsMax} are allowed.`,
    })
  }
  if (!isStorable(text)) throw new AppError('bad_text')
  for (const span of spans ?? []) checkEntity(text, span)
}

/** Whether PostgreSQL can store the text: no NUL, no unpaired surrogate. */
export function isStorable(text: string): boolean {
  return !text.includes('\0') && !/\p{Surrogate}/u.test(text)
}

function checkEntity(text: string, span: Entity): void {
  const end = span.o + span.l
  if (end > text.length)
    throw new AppError('bad_entities', { detail: 'An entity ends behind the text.' })
  if (splitsPair(text, span.o) || splitsPair(text, end)) {
    throw new AppError('bad_entities', { detail: 'An entity splits a surrogate pair.' })
  }
  if ((span.t === 'link') !== (span.url !== undefined)) {
    throw new AppError('bad_entities', { detail: 'A link has a url; nothing else has.' })
  }
  if (span.url !== undefined && !(safeUrl.test(span.url) && isStorable(span.url))) {
    throw new AppError('bad_entities', { detail: 'A link goes to http, https, mailto or tel.' })
  }
  if ((span.t === 'userMention') !== (span.user !== undefined)) {
    throw new AppError('bad_entities', { detail: 'A userMention has a user; nothing else has.' })
  }
  if (span.lang !== undefined && (span.t !== 'pre' || !isStorable(span.lang))) {
    throw new AppError('bad_entities', { detail: 'Only pre has a lang.' })
  }
}

function splitsPair(text: string, at: number): boolean {
  if (at <= 0 || at >= text.length) return false
  const before = text.charCodeAt(at - 1)
  const after = text.charCodeAt(at)
  return before >= 0xd800 && before <= 0xdbff && after >= 0xdc00 && after <= 0xdfff
}
