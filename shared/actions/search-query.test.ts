import fc from 'fast-check'
import t from 'tap'
import { marksIn, snippetOf } from './search-marks.ts'
import { fits, parseQuery, tiersOf } from './search-query.ts'
import { indexed, tokensOf } from './search-text.ts'

/** Stems well enough for a test: without the s of a plural. */
const stemOf = (word: string) => word.replace(/s$/, '')

const doc = (text: string) => indexed(tokensOf(text), stemOf)

/** Among which kind of what a query finds a text is, from 0; −1 for none. */
function tierOf(query: string, text: string): number {
  return tiersOf(parseQuery(query), stemOf).findIndex(({ match }) => fits(match, doc(text)))
}

t.test('words in one spelling', async t => {
  const tokens = tokensOf("Don't say 東京 in Café №5, д’Артаньян! 👍🏽")
  t.strictSame(
    tokens.map(({ kind, word }) => `${kind} ${word}`),
    [
      'word dont',
      'word say',
      'run 東京',
      'word in',
      'word cafe',
      'word 5',
      'word дартаньян',
      'emoji 👍',
    ],
  )
})

t.test('й stays й, ё is е, other accents of Latin and Greek go', async t => {
  const words = (text: string) => tokensOf(text).map(({ word }) => word)
  t.strictSame(words('Йод Ёлка ÀÉÎ ΆΈ'), ['йод', 'елка', 'aei', 'αε'])
})

t.test('no text is dear to read: marks beyond those of any script are left out', async t => {
  const marks = '\u0315\u0316\u0f73'.repeat(2_000)
  for (const letter of ['a', 'й', '漢', 'क', 'ب']) {
    const tokens = tokensOf(`${letter}${marks} b`)
    t.equal(tokens[0]?.l, letter.length + marks.length)
    t.ok((tokens[0]?.word.length ?? 0) <= 1 + 2 * 8, `${letter}: ${tokens[0]?.word.length}`)
    t.equal(tokens[1]?.word, 'b')
  }
  t.same(
    tokensOf('e\u0301\u0327').map(({ word }) => word),
    ['e'],
  )
  t.ok((tokensOf('\ufdfa'.repeat(4_000))[0]?.word.length ?? 0) <= 64)
})

t.test('what is typed again counts once', async t => {
  const { terms, without } = parseQuery('a a "a b" "a b" A -c -c a'.repeat(10))
  t.ok(terms.length <= 4, `${terms.length} terms`)
  t.ok(without.length <= 2, `${without.length} without`)
  t.equal(parseQuery('gull tern gull ').terms.length, 2)
  const many = 'a '.repeat(4_000)
  t.ok(marksIn(many, parseQuery('a'), stemOf).length <= 32)
})

t.test('what fits a query', async t => {
  const cases: [query: string, text: string, tier: number][] = [
    ['storm', 'after the storms', 0],
    ['stor', 'after the storms', 0],
    ['stor ', 'after the storms', 1],
    ['torm', 'after the storms', 1],
    ['to', 'storm', -1],
    ['storm sea', 'a sea storm', 0],
    ['"storm sea"', 'a sea storm', -1],
    ['"sea storm"', 'a sea storm', 0],
    ['"sea stor', 'a sea storm', -1],
    ['sea -storm', 'a sea storm', -1],
    ['sea -"storm sea"', 'a sea storm', 0],
    ['example.com', 'www.example.com/x', 0],
    ['ample.com', 'www.example.com/x', 1],
    ['京都', '東京都', 0],
    ['東都', '東京都', -1],
    ['-', 'anything', -1],
  ]
  for (const [query, text, tier] of cases) t.equal(tierOf(query, text), tier, `${query} in ${text}`)
})

t.test(
  'whatever is typed and said, the index is asked for nothing that a fitting text lacks',
  async () => {
    const piece = fc.constantFrom(
      'pet',
      'pets',
      'petrel',
      'carpet',
      'a',
      '東京',
      '京',
      '👍',
      '"',
      '-',
      '.',
      ' ',
      'ё',
      "'",
    )
    const text = fc.array(piece, { maxLength: 8 }).map(pieces => pieces.join(''))
    fc.assert(
      fc.property(text, text, (query, said) => {
        const known = doc(said)
        const lexemes = new Set(known.lexemes)
        const words = known.words.split(' ').filter(word => word !== '')
        for (const { match, wanted } of tiersOf(parseQuery(query), stemOf)) {
          if (!fits(match, known)) continue
          const has = wanted.every(
            ({ lexemes: some, begin, part }) =>
              some.some(lexeme => lexemes.has(lexeme)) ||
              (begin !== undefined && words.some(word => word.startsWith(begin))) ||
              (part !== undefined && words.some(word => word.includes(part))) ||
              // Not looked up: a single letter.
              (some.length > 0 &&
                begin === undefined &&
                query.trim().length > 0 &&
                isSingleLetter(query)),
          )
          if (!has) throw new Error(`${query} in ${said}`)
        }
      }),
      { numRuns: 2_000 },
    )
  },
)

function isSingleLetter(query: string): boolean {
  return parseQuery(query).terms.at(-1)?.tokens.at(-1)?.word.length === 1
}

t.test('marks and excerpts lie in the text and split no character', async t => {
  const piece = fc.constantFrom(
    'pet ',
    'Petrel ',
    '👍',
    '東京',
    'ё',
    '\u0301',
    '\ud83d',
    ' ',
    'é',
    'ﬃ',
    'x'.repeat(60),
  )
  const text = fc.array(piece, { maxLength: 30 }).map(pieces => pieces.join('').toWellFormed())
  fc.assert(
    fc.property(text, text, (query, said) => {
      const marks = marksIn(said, parseQuery(query), stemOf)
      const spans = [...marks, snippetOf(said, marks)]
      for (const { o, l } of spans) {
        const part = said.slice(o, o + l)
        if (o < 0 || l < 0 || o + l > said.length || !part.isWellFormed())
          throw new Error(`${o}+${l} of ${said}`)
      }
      for (const [i, { o }] of marks.entries()) {
        const last = marks[i - 1]
        if (last && last.o + last.l >= o) throw new Error('marks touch')
      }
    }),
    { numRuns: 2_000 },
  )
  t.pass()
})
