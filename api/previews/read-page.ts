// What a page says of itself: title, description, name of the site. Read as a stream of tags, never as a tree, and only
// as far as its head goes; text comes out bare, without control characters. Runs in a worker thread.

import { TextDecoder } from 'node:util'
import { Parser } from 'htmlparser2'
import { limits } from '#shared/protocol/limits.ts'

/** Deeper ones are no heads; the parser's work grows with the depth. */
const levelsMax = 64
/** Fed in such pieces, so that reading can end between two. */
const pieceChars = 4_096
/** Collected of any one text before it is cleaned. */
const rawCharsMax = 4_000
/** Where the standard has browsers look for the charset of a page that was sent without one. */
const sniffBytes = 1_024

export interface About {
  title?: string
  text?: string
  site?: string
}

const wanted = {
  'og:title': 'title',
  'twitter:title': 'title',
  'og:description': 'text',
  'twitter:description': 'text',
  description: 'text',
  'og:site_name': 'site',
} as const satisfies Record<string, keyof About>

/** The keys in the order in which they are believed. */
const order = Object.keys(wanted) as (keyof typeof wanted)[]

/** Reads a page as far as it must. @param charset what the content type says, if anything */
export async function readPage(
  body: AsyncIterable<Uint8Array>,
  charset: string | undefined,
): Promise<About> {
  const head = new Head()
  for await (const text of textsOf(body, charset)) {
    for (let at = 0; at < text.length && !head.isDone; at += pieceChars) {
      head.feed(text.slice(at, at + pieceChars))
    }
    if (head.isDone) break
  }
  return head.about()
}

class Head {
  readonly #found = new Map<string, string>()
  readonly #parser: Parser
  #title: string | undefined
  #inTitle = false
  #levels = 0
  isDone = false

  constructor() {
    this.#parser = new Parser({
      onopentag: (name, attributes) => this.#onOpen(name, attributes),
      ontext: text => {
        if (this.#inTitle && (this.#title ?? '').length < rawCharsMax) this.#title += text
      },
      onclosetag: name => {
        this.#levels -= 1
        if (name === 'title') this.#inTitle = false
        if (name === 'head') this.isDone = true
      },
    })
  }

  feed(piece: string): void {
    this.#parser.write(piece)
  }

  about(): About {
    const about: About = {}
    for (const key of order) {
      const part = wanted[key]
      about[part] ||= clean(this.#found.get(key) ?? '', charsMax[part])
    }
    about.title ||= clean(this.#title ?? '', charsMax.title)
    return about
  }

  #onOpen(name: string, attributes: Record<string, string>): void {
    // The parser goes on to the end of the piece that it was given.
    if (this.isDone) return
    this.#levels += 1
    if (this.#levels > levelsMax) this.isDone = true
    if (name === 'meta') this.#onMeta(attributes)
    // An SVG's titles come later, if at all.
    else if (name === 'title' && this.#title === undefined) {
      this.#title = ''
      this.#inTitle = true
    }
    // Some pages leave out the tags of the head, or write what belongs there into the body.
    else if (name === 'body' && (this.#title !== undefined || this.#found.size > 0))
      this.isDone = true
  }

  #onMeta({ property, name, content = '' }: Record<string, string>): void {
    for (const key of [property, name]) {
      const known = key?.trim().toLowerCase()
      if (known === undefined || !Object.hasOwn(wanted, known) || this.#found.has(known)) continue
      this.#found.set(known, content.slice(0, rawCharsMax))
    }
  }
}

const charsMax = {
  title: limits.previewTitleCharsMax,
  text: limits.previewTextCharsMax,
  site: limits.previewSiteCharsMax,
} as const

/** Control characters, and those that turn the direction of writing, to look like something else. */
const unwanted = /[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]+/gu

/** One line that PostgreSQL can store, at most `max` UTF-16 units long. */
export function clean(raw: string, max: number): string {
  const text = raw.toWellFormed().replace(unwanted, ' ').replace(/\s+/g, ' ').trim()
  if (text.length <= max) return text
  const isSplit = /[\ud800-\udbff]/.test(text.charAt(max - 2))
  return `${text.slice(0, isSplit ? max - 2 : max - 1).trimEnd()}…`
}

async function* textsOf(
  body: AsyncIterable<Uint8Array>,
  charset: string | undefined,
): AsyncGenerator<string> {
  let start: Uint8Array = new Uint8Array()
  let decoder: TextDecoder | undefined
  for await (const chunk of body) {
    if (decoder) {
      yield decoder.decode(chunk, { stream: true })
      continue
    }
    start = Buffer.concat([start, chunk])
    if (start.length < sniffBytes) continue
    decoder = decoderFor(start, charset)
    yield decoder.decode(start, { stream: true })
  }
  if (decoder) yield decoder.decode()
  else yield decoderFor(start, charset).decode(start)
}

/** By byte order mark, content type, then by what the page says of itself; UTF-8 where nobody says anything known. */
function decoderFor(start: Uint8Array, charset: string | undefined): TextDecoder {
  const bytes = Buffer.from(start.subarray(0, sniffBytes))
  const marks = { fffe: 'utf-16le', feff: 'utf-16be' }
  const mark = marks[bytes.subarray(0, 2).toString('hex') as keyof typeof marks]
  const said = /<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w:.-]{1,40})/i.exec(
    bytes.toString('latin1'),
  )?.[1]
  for (const label of [mark, charset, said]) {
    try {
      if (label !== undefined) return new TextDecoder(label)
    } catch {
      // Nobody knows this charset.
    }
  }
  return new TextDecoder()
}
