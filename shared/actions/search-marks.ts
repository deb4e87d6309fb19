// What to show of a text that was found: which parts of it the query is about, and an excerpt around them. Pure.
// All places are UTF-16 offsets into the text as it is, as with entities.

import { limits } from '#shared/protocol/limits.ts'
import type { Span } from '#shared/protocol/models.ts'
import { type Query, type Term, wordsOf } from './search-query.ts'
import { type StemOf, spaced, type Token, tokensOf } from './search-text.ts'

const marksMax = limits.searchMarksMax
const snippetCharsMax = limits.snippetCharsMax
/** Of the excerpt, before the first mark. */
const leadChars = 40

/**
 * The parts of a text that a query is about, in order, none touching another; at most limits.searchMarksMax.
 * @param tokens of the text, if they are known already
 */
export function marksIn(
  text: string,
  query: Query,
  stemOf: StemOf,
  tokens: readonly Token[] = tokensOf(text),
): Span[] {
  const line = lineOf(tokens)
  const marks = query.terms.flatMap(term => {
    const asWords = [...sameStems(tokens, term, stemOf), ...standing(line, term)]
    return asWords.length > 0 ? asWords : inside(line, term)
  })
  return merged(marks).slice(0, marksMax)
}

/** The excerpt to show: the whole text if it is short. Never begins or ends within a character. */
export function snippetOf(text: string, marks: readonly Span[]): Span {
  if (text.length <= snippetCharsMax) return { o: 0, l: text.length }
  const from = Math.min(Math.max(0, (marks[0]?.o ?? 0) - leadChars), text.length - snippetCharsMax)
  // Better a whole word than a few more characters.
  const space = text.slice(from, from + leadChars / 2).search(/\s\S/)
  const o = back(text, from === 0 || space < 0 ? from : from + space + 1)
  return { o, l: back(text, Math.min(text.length, o + snippetCharsMax)) - o }
}

/** `at`, or one less where it would split a character. */
function back(text: string, at: number): number {
  const code = text.charCodeAt(at)
  return code >= 0xdc00 && code <= 0xdfff ? at - 1 : at
}

/** The words of a text, and where each of their characters comes from. */
interface Line {
  words: string
  begins: number[]
  ends: number[]
}

function lineOf(tokens: readonly Token[]): Line {
  const begins: number[] = []
  const ends: number[] = []
  for (const { o, l, word } of tokens) {
    begins.push(o)
    ends.push(o)
    // A spelling of another length stands for the word as a whole.
    const isSame = word.length === l
    for (let i = 0; i < word.length; i++) {
      begins.push(isSame ? o + i : o)
      ends.push(isSame ? o + i + 1 : o + l)
    }
  }
  return { words: spaced(tokens), begins, ends }
}

function sameStems(tokens: readonly Token[], term: Term, stemOf: StemOf): Span[] {
  const [first, second] = term.tokens
  if (second || term.exact || first.kind !== 'word') return []
  const stem = stemOf(first.word)
  const found: Span[] = []
  for (const { kind, o, l, word } of tokens) {
    if (found.length === marksMax) break
    if (kind === 'word' && stemOf(word) === stem) found.push({ o, l })
  }
  return found
}

/** Where a term stands as words; as the beginning of one if it is still being typed. */
function standing(line: Line, { tokens, open }: Term): Span[] {
  const begin = tokens[0].kind === 'run' ? '' : ' '
  const end = tokens.at(-1)?.kind === 'run' || open ? '' : ' '
  return places(line, begin, wordsOf(tokens), end)
}

function inside(line: Line, { tokens, exact }: Term): Span[] {
  return exact ? [] : places(line, '', wordsOf(tokens), '')
}

function places({ words, begins, ends }: Line, begin: string, wanted: string, end: string): Span[] {
  const found: Span[] = []
  const part = begin + wanted + end
  for (let at = words.indexOf(part); at >= 0; at = words.indexOf(part, at + 1)) {
    const first = at + begin.length
    const o = begins[first] as number
    found.push({ o, l: (ends[first + wanted.length - 1] as number) - o })
    if (found.length === marksMax) break
  }
  return found
}

function merged(marks: readonly Span[]): Span[] {
  const whole: Span[] = []
  for (const { o, l } of marks.toSorted((a, b) => a.o - b.o || b.l - a.l)) {
    const last = whole.at(-1)
    if (last && o <= last.o + last.l) last.l = Math.max(last.l, o + l - last.o)
    else whole.push({ o, l })
  }
  return whole
}
