// What somebody typed to search, as conditions on the index: words in any form, "these words in this order", -without.
// Pure. The same conditions are asked of PostgreSQL (store/message-search.ts) and of texts at hand (`fits`).

import type { SearchCondition, SearchMatch } from '#shared/store/message-search.ts'
import {
  charsOf,
  type Indexed,
  lexemesOf,
  pairsOf,
  type StemOf,
  type Token,
  tokensOf,
} from './search-text.ts'

/** One thing that a message has, or has not. */
export interface Term {
  /** Several stand behind each other. */
  tokens: readonly [Token, ...Token[]]
  /** In quotes: only so, in no other form. */
  exact: boolean
  /** Still being typed, so its last word may go on. */
  open: boolean
}

export interface Query {
  terms: Term[]
  without: Term[]
}

/** What the index is asked for: one of some lexemes, or of the words that begin so or have this part. */
export interface Wanted {
  lexemes: string[]
  begin?: string
  part?: string
}

/** One kind of what a query finds. */
export interface Tier {
  match: SearchMatch
  /** All of these are in what fits, and perhaps in more. */
  wanted: Wanted[]
}

/** Terms that count; whoever types more means a text rather than a search. */
const termsMax = 16
/** Shorter ones stand in nearly every text. */
const insideCharsMin = 3
/** A single letter stands for too many words to look them up. */
const beginCharsMin = 2

/** Reads a query. Anything is one; one without a word finds nothing. */
export function parseQuery(text: string): Query {
  const query: Query = { terms: [], without: [] }
  const plain = text.replace(/[“”„«»]/g, '"')
  for (const match of plain.matchAll(/(-?)(?:"([^"]*)"?|([^\s"]+))/g)) {
    const [raw, minus, quoted, typed] = match
    const tokens = tokensOf(quoted ?? typed ?? '')
    if (!isSome(tokens)) continue
    const exact = quoted !== undefined
    if (minus === '-') {
      query.without.push({ tokens, exact, open: false })
    } else {
      const isLast = match.index + raw.length === plain.length
      query.terms.push({ tokens, exact, open: !exact && isLast && tokens.at(-1)?.kind === 'word' })
    }
  }
  return { terms: different(query.terms), without: different(query.without) }
}

/** Each once, however often it was typed, and not too many. */
function different(terms: readonly Term[]): Term[] {
  const known = new Set<string>()
  return terms
    .filter(({ tokens, exact, open }) => {
      const key = JSON.stringify([exact, open, ...tokens.map(({ word }) => word)])
      return !known.has(key) && known.add(key)
    })
    .slice(0, termsMax)
}

function isSome(tokens: Token[]): tokens is [Token, ...Token[]] {
  return tokens.length > 0
}

/** All words of a query of which stems are wanted. */
export function tokensIn({ terms, without }: Query): Token[] {
  return [...terms, ...without].flatMap(({ tokens }) => tokens)
}

/**
 * What a query finds, the best first: messages that have its words in any form, the last one perhaps only begun; then
 * messages in which they stand inside of other words. No message fits both.
 */
export function tiersOf({ terms, without }: Query, stemOf: StemOf): Tier[] {
  if (terms.length === 0) return []
  const noneOf = without.map(term => asWords(term, stemOf))
  const words = wholeOrBegun(terms, stemOf)
  const tier = {
    match: { anyOf: words, noneOf },
    wanted: terms.flatMap(term => wantedOf(term, stemOf)),
  }
  if (!terms.some(mayBeInside)) return [tier]
  const inside = joined(
    terms.map(term => (mayBeInside(term) ? asPart(term) : asWords(term, stemOf))),
  )
  return [
    tier,
    {
      match: { anyOf: [inside], noneOf: [...noneOf, ...words] },
      wanted: terms.flatMap(term => (mayBeInside(term) ? partsOf(term) : wantedOf(term, stemOf))),
    },
  ]
}

/** Whether a text of which the index has this fits. */
export function fits(match: SearchMatch, text: Indexed): boolean {
  const lexemes = new Set(text.lexemes)
  const holds = (condition: SearchCondition) =>
    condition.lexemes.every(lexeme => lexemes.has(lexeme)) &&
    condition.parts.every(part => text.words.includes(part))
  return match.anyOf.some(holds) && !match.noneOf.some(holds)
}

/** All terms as words; where the last one is still being typed, also with a word that begins so. */
function wholeOrBegun(terms: readonly Term[], stemOf: StemOf): SearchCondition[] {
  const begun = joined(terms.map(term => asWords(term, stemOf)))
  if (!terms.at(-1)?.open) return [begun]
  return [joined(terms.map(term => asWords({ ...term, open: false }, stemOf))), begun]
}

function asWords({ tokens, exact, open }: Term, stemOf: StemOf): SearchCondition {
  const [first] = tokens
  const last = tokens.at(-1) as Token
  if (tokens.length === 1 && !exact && !open && first.kind !== 'run')
    return { lexemes: lexemesOf(first, stemOf), parts: [] }
  const known = open ? tokens.slice(0, -1) : tokens
  const begin = first.kind === 'run' ? '' : ' '
  const end = last.kind === 'run' || open ? '' : ' '
  return {
    lexemes: known.flatMap(token => lexemesWanted(token, stemOf)),
    parts: [`${begin}${wordsOf(tokens)}${end}`],
  }
}

/** Wherever it stands, also inside of a word. */
function asPart({ tokens }: Term): SearchCondition {
  return { lexemes: [], parts: [wordsOf(tokens)] }
}

function mayBeInside({ tokens, exact }: Term): boolean {
  return (
    !exact &&
    tokens.every(({ kind }) => kind === 'word') &&
    tokens.some(({ word }) => word.length >= insideCharsMin)
  )
}

function wantedOf({ tokens, open }: Term, stemOf: StemOf): Wanted[] {
  const known = open ? tokens.slice(0, -1) : tokens
  const wanted: Wanted[] = known
    .flatMap(token => lexemesWanted(token, stemOf))
    .map(lexeme => ({ lexemes: [lexeme] }))
  const last = tokens.at(-1)
  if (!open || !last) return wanted
  const begin = last.word.length >= beginCharsMin ? { begin: last.word } : {}
  return [...wanted, { lexemes: lexemesOf(last, stemOf), ...begin }]
}

function partsOf({ tokens }: Term): Wanted[] {
  return tokens
    .filter(({ word }) => word.length >= insideCharsMin)
    .map(({ word }) => ({ lexemes: [], part: word }))
}

/** Lexemes that are all there where a token is: a run of several characters is found by their pairs. */
function lexemesWanted(token: Token, stemOf: StemOf): string[] {
  if (token.kind !== 'run') return lexemesOf(token, stemOf)
  const chars = charsOf(token.word)
  return chars.length > 1 ? pairsOf(chars) : chars
}

export function wordsOf(tokens: readonly Token[]): string {
  return tokens.map(({ word }) => word).join(' ')
}

function joined(conditions: readonly SearchCondition[]): SearchCondition {
  return {
    lexemes: [...new Set(conditions.flatMap(({ lexemes }) => lexemes))],
    parts: [...new Set(conditions.flatMap(({ parts }) => parts))],
  }
}
