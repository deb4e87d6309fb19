// Marks within one segment: a single pass with a stack of what is open. What does not close stays text.

import { type Entity, isSafeUrl } from '#shared/protocol/entities.ts'
import { codeAt, runLength } from './code.ts'
import { isSpace, type MarkType, markOf } from './spans.ts'

export interface Formatted {
  text: string
  ents: Entity[]
}

interface Open {
  t: MarkType | '['
  /** Index of its piece. */
  piece: number
}

type Made = Omit<Entity, 'o' | 'l'> & {
  /** Indices of pieces: where it begins (its mark, which is empty then), and the first behind. */
  from: number
  to: number
}

const markTypes = new Map(
  Object.entries(markOf).map(([type, mark]) => [mark as string, type as MarkType]),
)
const markChars = new Set(Object.values(markOf).map(mark => mark[0]))
/** A target in brackets; of brackets within it one pair may stand without backslashes. */
const target = /\]\(((?:\\[\\()`]|[^\s()\\`]|\([^\s()\\`]*\))+)\)/y
const person = /^petrel:\/\/user\/([1-9]\d{0,15})$/
/** An address: what in it looks like the mark of italics is a part of it. */
const urlStart = /(?:https?:\/\/|www\.)/iuy
/** Ends an address for marks: whatever else may stand in one, these more likely are marks around it. */
const urlRest = /(?:(?!\*\*|~~|\|\||\^\^)[^\s<>"`\\[\]])*/uy
/** Characters that begin nothing: no mark, no address. */
const plainRun = /[^*_^~|\\`[\]hHwW]+/uy

/** Whether an address begins at `at`, behind what the text has so far: not in the middle of a word. */
export function urlStartLength(source: string, at: number, before: string): number {
  urlStart.lastIndex = at
  const start = urlStart.exec(source)
  return start && !/[\p{L}\p{N}_@.-]$/u.test(before.slice(-2)) ? start[0].length : 0
}

/** Reads one segment. Never throws; spans come in order and never cross. */
export function parseInline(source: string): Formatted {
  const reader = new Reader(source)
  while (reader.step());
  return reader.result()
}

class Reader {
  readonly #source: string
  #at = 0
  /** The text in pieces; a mark stands in one of its own until it is known to be one. */
  readonly #pieces: string[] = []
  #open: Open[] = []
  readonly #made: Made[] = []

  constructor(source: string) {
    this.#source = source
  }

  /** @returns false at the end */
  step(): boolean {
    const char = this.#source[this.#at]
    if (char === undefined) return false
    if (char === '\\') this.#backslash()
    else if (char === '`') this.#backticks()
    else if (char === '[') this.#openLabel()
    else if (char === ']') this.#closeLabel()
    else if (markChars.has(char) && this.#source[this.#at + 1] === char) this.#mark(char + char)
    else if (!this.#url()) this.#plain()
    return true
  }

  result(): Formatted {
    const starts = [0]
    for (const piece of this.#pieces) starts.push((starts.at(-1) as number) + piece.length)
    const spans = this.#made.map(({ from, to, ...span }) => {
      const o = starts[from] as number
      return { span: { ...span, o, l: (starts[to] as number) - o } as Entity, from }
    })
    spans.sort((a, b) => a.span.o - b.span.o || b.span.l - a.span.l || a.from - b.from)
    return { text: this.#pieces.join(''), ents: spans.map(({ span }) => span) }
  }

  #take(length: number): void {
    this.#pieces.push(this.#source.slice(this.#at, this.#at + length))
    this.#at += length
  }

  #plain(): void {
    plainRun.lastIndex = this.#at
    this.#take(plainRun.exec(this.#source)?.[0].length ?? 1)
  }

  /** Takes a mark its meaning; before anything else a backslash is one. */
  #backslash(): void {
    const next = this.#source[this.#at + 1]
    if (!this.#isEscape(next)) {
      this.#take(1)
      return
    }
    this.#at++
    this.#take(1)
  }

  #isEscape(next: string | undefined): boolean {
    if (next === undefined) return false
    if ('\\`[]'.includes(next)) return true
    if (next === '>') return this.#at === 0 || this.#source[this.#at - 1] === '\n'
    // A single * or _ is no mark, so nobody escapes one: ¯\_(ツ)_/¯ keeps its arm.
    const after = this.#source[this.#at + 2]
    return markChars.has(next) && (after === next || after === '\\')
  }

  #backticks(): void {
    const code = codeAt(this.#source, this.#at)
    if (!code) {
      this.#take(runLength(this.#source, this.#at))
      return
    }
    const { end, text, ...span } = code
    const from = this.#pieces.push(text) - 1
    this.#made.push({ ...span, from, to: from + 1 })
    this.#at = end
  }

  #mark(mark: string): void {
    const type = markTypes.get(mark) as MarkType
    const depth = this.#open.findIndex(({ t }) => t === type)
    const open = this.#open[depth]
    const before = this.#source[this.#at - 1]
    if (open && !isSpace(before) && this.#isFilledBehind(open.piece)) {
      this.#close(depth, { t: type })
      this.#at += mark.length
      return
    }
    const opens = !open && !isSpace(this.#source[this.#at + mark.length])
    if (opens) this.#open.push({ t: type, piece: this.#pieces.length })
    this.#take(mark.length)
  }

  /** A loop: a copy of the pieces at each mark took 14 s for a text of 131,072 characters that somebody pastes. */
  #isFilledBehind(piece: number): boolean {
    for (let i = piece + 1; i < this.#pieces.length; i++) if (this.#pieces[i] !== '') return true
    return false
  }

  /** Whatever was opened within and did not close stays text. */
  #close(depth: number, span: Omit<Entity, 'o' | 'l'>): void {
    const { piece } = this.#open[depth] as Open
    this.#open = this.#open.slice(0, depth)
    this.#pieces[piece] = ''
    this.#made.push({ ...span, from: piece, to: this.#pieces.length })
  }

  /** Labels do not lie within labels: the inner one counts. */
  #openLabel(): void {
    this.#open = this.#open.filter(({ t }) => t !== '[')
    this.#open.push({ t: '[', piece: this.#pieces.length })
    this.#take(1)
  }

  #closeLabel(): void {
    const depth = this.#open.findIndex(({ t }) => t === '[')
    const open = this.#open[depth]
    target.lastIndex = this.#at
    const match = open && target.exec(this.#source)
    const span = match && readTarget(match[1] as string)
    if (
      !match ||
      !span ||
      this.#pieces
        .slice(open.piece + 1)
        .join('')
        .trim() === ''
    ) {
      this.#take(1)
      return
    }
    this.#close(depth, span)
    this.#at += match[0].length
  }

  #url(): boolean {
    if (this.#open.some(({ t }) => t === 'italic')) return false
    const before = this.#pieces.findLast(piece => piece !== '') ?? ''
    const start = urlStartLength(this.#source, this.#at, before)
    if (start === 0) return false
    urlRest.lastIndex = this.#at + start
    this.#take(start + (urlRest.exec(this.#source)?.[0].length ?? 0))
    return true
  }
}

function readTarget(raw: string): Omit<Entity, 'o' | 'l'> | undefined {
  const url = raw.replace(/\\([\\()`])/g, '$1')
  const user = Number(person.exec(url)?.[1])
  if (Number.isSafeInteger(user)) return { t: 'userMention', user }
  return isSafeUrl(url) ? { t: 'link', url } : undefined
}
