// Text with formatting as Markdown that reads as the same again.

import { type Entity, isSafeUrl } from '#shared/protocol/entities.ts'
import { isWritableLang, writeCode, writePre } from './code.ts'
import { urlStartLength } from './inline.ts'
import {
  coversLines,
  endOf,
  flatten,
  inOrder,
  isCode,
  isMarkType,
  markOf,
  type Node,
  nest,
  tidy,
} from './spans.ts'

/** Found anew whenever a text is read. */
const selfEvident: ReadonlySet<Entity['t']> = new Set([
  'mention',
  'hashtag',
  'command',
  'url',
  'email',
])

/**
 * The formatting that Markdown can say, in tidy form. Left out are quotes of parts of lines, code that follows code
 * without anything between, and links to places that nobody may link to.
 */
export function writable(text: string, ents: readonly Entity[]): Entity[] {
  const valid = inOrder(ents.filter(span => isWithin(span, text) && !selfEvident.has(span.t)))
  const clear = flatten(nest(valid))
  const quotes = quotesOf(clear, text)
  const edges = quotes.flatMap(quote => [quote.o, endOf(quote)])
  const rest = clear.filter(span => span.t !== 'quote').flatMap(span => split(span, edges))
  const tree = tidy(nest(inOrder([...quotes, ...rest])), text)
  return flatten(tidy(keepWritable(tree, text), text))
}

function isWithin({ o, l }: Entity, text: string): boolean {
  return o >= 0 && l > 0 && o + l <= text.length
}

/** Quotes of whole lines; two in neighbouring lines read as one. */
function quotesOf(spans: readonly Entity[], text: string): Entity[] {
  const quotes: Entity[] = []
  for (const { t, o, l } of spans) {
    if (t !== 'quote' || !coversLines(text, o, o + l)) continue
    const last = quotes.at(-1)
    if (last && endOf(last) + 1 === o)
      quotes[quotes.length - 1] = { t, o: last.o, l: o + l - last.o }
    else quotes.push({ t, o, l })
  }
  return quotes
}

/** Marks do not reach over the edge of a quote. Code at an edge is left as it is: it crosses none. */
function split(span: Entity, edges: readonly number[]): Entity[] {
  const cuts = edges.filter(edge => edge > span.o && edge < endOf(span))
  if (cuts.length > 0 && isCode(span.t)) return []
  const starts = [span.o, ...cuts]
  return starts.map((o, i) => ({ ...span, o, l: (cuts[i] ?? endOf(span)) - o }))
}

function keepWritable(nodes: readonly Node[], text: string, from = { codeEnd: -1 }): Node[] {
  return nodes.flatMap(node => {
    if (isCode(node.t)) {
      const content = text.slice(node.o, endOf(node))
      const touches = from.codeEnd === node.o
      if (touches || (node.t === 'code' && writeCode(content) === undefined)) return []
      from.codeEnd = endOf(node)
      const { lang, ...rest } = node
      return [{ ...rest, ...(isWritableLang(lang) && lang !== undefined && { lang }) }]
    }
    const inner = keepWritable(node.inner, text, from)
    const isLabel = node.t === 'link' || node.t === 'userMention'
    const leadsAstray = node.t === 'link' && !isWritableUrl(node.url)
    const isBlank = isLabel && text.slice(node.o, endOf(node)).trim() === ''
    return leadsAstray || isBlank ? inner : [{ ...node, inner }]
  })
}

function isWritableUrl(url: string | undefined): boolean {
  return url !== undefined && isSafeUrl(url) && !/\s/.test(url)
}

/** @param ents what writable() gave */
export function write(text: string, ents: readonly Entity[]): string {
  const nodes = nest(ents)
  const brackets = text.includes('](') || ents.some(({ t }) => t === 'link' || t === 'userMention')
  const parts: string[] = []
  let at = 0
  for (const quote of nodes.filter(({ t }) => t === 'quote')) {
    const between = nodes.filter(node => node.o >= at && endOf(node) < quote.o)
    if (quote.o > 0) parts.push(new Writer(text, brackets).write(between, at, quote.o - 1))
    const inside = new Writer(text, brackets).write(quote.inner, quote.o, endOf(quote))
    parts.push(inside.replace(/^(?=[^\n])/gm, '> ').replace(/^$/gm, '>'))
    at = endOf(quote) + 1
  }
  const rest = nodes.filter(node => node.o >= at && node.t !== 'quote')
  if (at <= text.length) parts.push(new Writer(text, brackets).write(rest, at, text.length))
  return parts.join('\n')
}

/** A character of the text, code, or a mark. */
type Item =
  | { char: string }
  | { raw: string; text: string }
  | { raw: string; mark: { node: Node; isOpening: boolean } }

class Writer {
  readonly #text: string
  readonly #brackets: boolean
  #items: Item[] = []

  constructor(text: string, brackets: boolean) {
    this.#text = text
    this.#brackets = brackets
  }

  /** @param nodes that lie between `from` and `to`, the part that is written */
  write(nodes: readonly Node[], from: number, to: number): string {
    this.#nodes(nodes, from, to)
    // In an address the mark of italics means nothing, so italics that begin there are left out.
    for (;;) {
      const { out, lost } = this.#assemble()
      if (!lost) return out
      this.#items = this.#items.filter(item => !('mark' in item && item.mark.node === lost))
    }
  }

  #nodes(nodes: readonly Node[], from: number, to: number): void {
    let at = from
    for (const node of nodes) {
      this.#chars(at, node.o)
      this.#node(node)
      at = endOf(node)
    }
    this.#chars(at, to)
  }

  #chars(from: number, to: number): void {
    for (let at = from; at < to; at++) this.#items.push({ char: this.#text[at] as string })
  }

  #node(node: Node): void {
    const { t, o } = node
    const end = endOf(node)
    if (isCode(t)) {
      const content = this.#text.slice(o, end)
      const raw = t === 'pre' ? writePre(content, node.lang) : (writeCode(content) ?? content)
      this.#items.push({ raw, text: content })
    } else {
      const [before, after] = isMarkType(t) ? [markOf[t], markOf[t]] : ['[', `](${targetOf(node)})`]
      this.#items.push({ raw: before, mark: { node, isOpening: true } })
      this.#nodes(node.inner, o, end)
      this.#items.push({ raw: after, mark: { node, isOpening: false } })
    }
  }

  /**
   * Escapes each character that would be read as something else where it stands.
   * @returns `lost`: italics that begin within an address, where nobody would read them
   */
  #assemble(): { out: string; lost?: Node } {
    let out = ''
    // What the reader takes for the text so far.
    let before = ''
    let italic = false
    let inUrl = false
    for (const [i, item] of this.#items.entries()) {
      if ('char' in item) {
        const { char } = item
        inUrl = (inUrl && !/[\s<>"`\\[\]]/.test(char)) || (!italic && this.#startsUrl(i, before))
        const isEscaped = this.#needsEscape(char, this.#items[i + 1], out, inUrl)
        if (isEscaped) inUrl = false
        out += isEscaped ? `\\${char}` : char
        before = before.slice(-1) + char
        continue
      }
      const { node, isOpening = false } = 'mark' in item ? item.mark : {}
      if (node?.t === 'italic') {
        if (isOpening && inUrl) return { out, lost: node }
        italic = isOpening
      }
      out += item.raw
      inUrl = false
      if ('text' in item) before = item.text
      else if (isOpening) before = item.raw
    }
    return { out }
  }

  #startsUrl(index: number, before: string): boolean {
    const ahead = this.#items.slice(index, index + 8)
    const plain = ahead.findIndex(item => 'raw' in item)
    const next = ahead
      .slice(0, plain < 0 ? ahead.length : plain)
      .map(item => ('char' in item ? item.char : ''))
      .join('')
    return urlStartLength(next, 0, before) > 0
  }

  #needsEscape(char: string, after: Item | undefined, out: string, inUrl: boolean): boolean {
    const next = after && ('raw' in after ? after.raw[0] : after.char)
    if (char === '`') return true
    if (char === '[' || char === ']') return this.#brackets
    if (char === '>') return out === '' || out.endsWith('\n')
    if (char === '\\') return next !== undefined && '\\`[]>*_^~|'.includes(next)
    if (char === '_' && inUrl) return false
    return '*_^~|'.includes(char) && next === char
  }
}

function targetOf({ t, url = '', user }: Node): string {
  if (t === 'userMention') return `petrel://user/${user}`
  return url.replace(/[\\()`]/g, '\\$&')
}
