// Markdown ⇄ text with entities, in the dialect that messengers share: **bold** __italic__ ^^underline^^ ~~strike~~
// ||spoiler|| `code` ```lang pre``` [text](url) [name](petrel://user/7) and lines that begin with >. Addresses, @names,
// #tags and /commands are found by themselves. A mark opens before something that is no space and closes behind such;
// what does not close is text; a backslash takes a mark its meaning. docs/decisions/0011 says why no library does it.

import { detect } from '#shared/protocol/detect.ts'
import type { Entity } from '#shared/protocol/entities.ts'
import { limits } from '#shared/protocol/limits.ts'
import { type Formatted, parseInline } from './markdown/inline.ts'
import { segmentsOf } from './markdown/segments.ts'
import { coversLines, endOf, flatten, inOrder, isCode, nest, tidy } from './markdown/spans.ts'
import { writable, write } from './markdown/write.ts'

export type { Formatted }

/**
 * Reads Markdown. Never throws, and its entities pass the server's checks. Entities past limits.entitiesMax are left out.
 * @returns what `send` and `edit` take; `ents` is empty for plain text
 */
export function fromMarkdown(source: string): Formatted {
  let text = ''
  const spans: Entity[] = []
  segmentsOf(source).forEach(({ isQuote, source: part }, i) => {
    if (i > 0) text += '\n'
    const inline = parseInline(part)
    const from = text.length
    text += inline.text
    if (isQuote && coversLines(text, from, text.length)) {
      spans.push({ t: 'quote', o: from, l: inline.text.length })
    }
    spans.push(...inline.ents.map(span => ({ ...span, o: span.o + from })))
  })
  return { text, ents: withDetected(text, flatten(tidy(nest(spans), text))) }
}

/**
 * Writes text and entities as Markdown. Reading it gives the same text, and of the entities all that the dialect can say.
 */
export function toMarkdown(text: string, ents: readonly Entity[] = []): string {
  return write(text, writable(text, ents))
}

/** Adds what a text says by itself, where nothing else leads somewhere and no code stands. */
export function withDetected(text: string, ents: readonly Entity[]): Entity[] {
  const fits = (span: Entity) =>
    ents.every(other => {
      if (endOf(other) <= span.o || endOf(span) <= other.o) return true
      const leads = other.t === 'link' || other.t === 'userMention' || isCode(other.t)
      const holds = other.o <= span.o && endOf(span) <= endOf(other)
      const lies = span.o <= other.o && endOf(other) <= endOf(span)
      return !leads && (holds || lies)
    })
  return inOrder([...ents, ...detect(text).filter(fits)]).slice(0, limits.entitiesMax)
}
