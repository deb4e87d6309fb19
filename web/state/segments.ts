// From a message's text and its formatting entities to a tree that a component renders. Pure; whatever the
// entities are, the tree holds every character of the text exactly once and in order.

import type { Entity } from '#client/types.ts'
import { isEmoji } from '#shared/protocol/reactions.ts'

export interface Plain {
  kind: 'text'
  /** Offset in the message, a stable key. */
  at: number
  text: string
}

export interface Span {
  kind: 'span'
  at: number
  entity: Entity
  children: Node[]
}

export type Node = Plain | Span

const bareUrl = /https?:\/\/[^\s<>"]*[^\s<>"'.,;:!?)\]}]/g

/** Entities that cross others are split where the other one ends; those outside the text are left out. */
export function toNodes(text: string, entities: readonly Entity[] = []): Node[] {
  const spans = [...entities, ...findUrls(text, entities)]
    .filter(span => span.o < text.length && span.l > 0)
    .sort((a, b) => a.o - b.o || b.l - a.l)
  return build(text, spans, 0, text.length)
}

/** The address an entity may lead to, or null: only schemes that cannot run code, and only what is an address at all. */
export function safeHref(target: string): string | null {
  return /^(https?:\/\/|mailto:|tel:)/i.test(target) && URL.canParse(target) ? target : null
}

const jumboMax = 3
const jumboCharsMax = 64
const graphemes = new Intl.Segmenter()

/** @returns how many emojis a text is made of, if it is one to three and nothing else; 0 otherwise */
export function jumboOf(text: string, entities: readonly Entity[] = []): number {
  if (text.length > jumboCharsMax || entities.length > 0) return 0
  const parts = [...graphemes.segment(text.replace(/\s/g, ''))]
  const fits = parts.length <= jumboMax && parts.every(({ segment }) => isEmoji(segment))
  return fits ? parts.length : 0
}

/** What of the formatting lies within a part of a text, with offsets from where the part begins; nothing that leads anywhere. */
export function formattingWithin(
  entities: readonly Entity[] = [],
  from: number,
  to: number,
): Entity[] {
  const leads = ['link', 'mention', 'userMention', 'hashtag', 'command', 'url', 'email']
  return entities.flatMap(entity => {
    const start = Math.max(entity.o, from)
    const end = Math.min(entity.o + entity.l, to)
    if (start >= end || leads.includes(entity.t)) return []
    return [{ ...entity, o: start - from, l: end - start }]
  })
}

/** @param spans sorted by offset, longest first; consumed */
function build(text: string, spans: Entity[], from: number, to: number): Node[] {
  const nodes: Node[] = []
  let at = from
  while (spans.length > 0) {
    const span = spans.shift() as Entity
    const start = Math.max(span.o, at)
    const end = Math.min(span.o + span.l, to)
    if (start >= end) continue
    if (start > at) nodes.push(plain(text, at, start))
    nodes.push({
      kind: 'span',
      at: start,
      entity: span,
      children: build(text, takeInside(spans, end), start, end),
    })
    at = end
  }
  if (at < to) nodes.push(plain(text, at, to))
  return nodes
}

/** Takes the spans that begin before `end` out of the list; what reaches over it stays behind as a rest. */
function takeInside(spans: Entity[], end: number): Entity[] {
  const inside: Entity[] = []
  const rests: Entity[] = []
  while (spans[0] && spans[0].o < end) {
    const span = spans.shift() as Entity
    inside.push(span)
    const over = span.o + span.l - end
    if (over > 0) rests.push({ ...span, o: end, l: over })
  }
  if (rests.length > 0) {
    spans.push(...rests)
    spans.sort((a, b) => a.o - b.o || b.l - a.l)
  }
  return inside
}

function plain(text: string, from: number, to: number): Plain {
  return { kind: 'text', at: from, text: text.slice(from, to) }
}

/** Addresses typed without formatting become links too, where no code or link lies already. */
function findUrls(text: string, entities: readonly Entity[]): Entity[] {
  const taken = entities.filter(span => ['url', 'link', 'code', 'pre'].includes(span.t))
  const found: Entity[] = []
  for (const match of text.matchAll(bareUrl)) {
    const o = match.index
    const l = match[0].length
    if (!taken.some(span => span.o < o + l && o < span.o + span.l)) found.push({ t: 'url', o, l })
  }
  return found
}
