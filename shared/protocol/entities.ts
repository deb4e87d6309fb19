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

const urlCharsMax = 2048
/** Of the name of a `pre`'s language. */
export const langCharsMax = 32

/** One formatted span: `o` offset and `l` length in UTF-16 code units, `t` its type. */
export const entity = z.object({
  t: z.enum(entityTypes),
  o: z.int().min(0),
  l: z.int().min(1),
  /** Target of a `link`: http, https, mailto or tel. */
  url: z.string().max(urlCharsMax).optional(),
  /** Programming language of a `pre`. */
  lang: z.string().max(langCharsMax).optional(),
  /** The person of a `userMention`. */
  user: id.user().optional(),
})

export type Entity = z.infer<typeof entity>

export const entities = z.array(entity).max(limits.entitiesMax)

const safeUrl = /^(https?:\/\/|mailto:|tel:)/i

/** Whether a `link` may lead there. */
export function isSafeUrl(url: string): boolean {
  return url.length <= urlCharsMax && safeUrl.test(url) && isStorable(url)
}

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
  if (spans && spans.length > 1) checkNesting(spans)
}

/** Of these one leads to one place, so none lies within another. */
const targets: ReadonlySet<Entity['t']> = new Set([
  'link',
  'mention',
  'userMention',
  'hashtag',
  'command',
  'url',
  'email',
])

/**
 * Spans stand in order (by where they begin, the longer first), each beside or wholly within another. Code holds
 * nothing, none lies within one of its own type. So a client can show them with one stack.
 * @throws AppError bad_entities
 */
function checkNesting(spans: readonly Entity[]): void {
  const open: Entity[] = []
  let last: Entity | undefined
  for (const span of spans) {
    if (last && (span.o < last.o || (span.o === last.o && span.l > last.l))) {
      throw new AppError('bad_entities', { detail: 'Entities stand in order, the longer first.' })
    }
    last = span
    while (open.length > 0 && endOf(open.at(-1) as Entity) <= span.o) open.pop()
    if (open.some(outer => !mayHold(outer, span))) {
      throw new AppError('bad_entities', {
        detail: 'Entities cross, or one may not hold the other.',
      })
    }
    open.push(span)
  }
}

/** Whether `inner`, which begins within `outer`, may be there. */
function mayHold(outer: Entity, inner: Entity): boolean {
  if (endOf(inner) > endOf(outer) || outer.t === inner.t) return false
  if (outer.t === 'code' || outer.t === 'pre') return false
  return !(targets.has(outer.t) && targets.has(inner.t))
}

function endOf({ o, l }: Entity): number {
  return o + l
}

/** Whether PostgreSQL can store the text: no NUL, no unpaired surrogate. */
export function isStorable(text: string): boolean {
  return !text.includes('\0') && !/\p{Surrogate}/u.test(text)
}

function checkEntity(text: string, span: Entity): void {
  const end = endOf(span)
  if (end > text.length)
    throw new AppError('bad_entities', { detail: 'An entity ends behind the text.' })
  if (splitsPair(text, span.o) || splitsPair(text, end)) {
    throw new AppError('bad_entities', { detail: 'An entity splits a surrogate pair.' })
  }
  if ((span.t === 'link') !== (span.url !== undefined)) {
    throw new AppError('bad_entities', { detail: 'A link has a url; nothing else has.' })
  }
  if (span.url !== undefined && !isSafeUrl(span.url)) {
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
