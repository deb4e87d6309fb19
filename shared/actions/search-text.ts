// Texts as the search sees them: words in one spelling, for alphabets, for scripts that write no spaces, and for emoji.
// The indexer, the search and the marks in what it found all read texts here, so none finds what another would not.
// Pure; PostgreSQL is asked for stems alone (store/stems.ts), so that its locale decides nothing.

/** `word` of an alphabet, `run` of a script without spaces between words, `emoji`. */
export type TokenKind = 'word' | 'run' | 'emoji'

/** A word of a text: where it stands (UTF-16), and its one spelling. */
export interface Token {
  kind: TokenKind
  o: number
  l: number
  word: string
}

/** Gives a word's stem; the word itself where there is none. */
export type StemOf = (word: string) => string

/** What the index has of a text. */
export interface Indexed {
  /** Stems, emoji, characters and pairs of characters; each once. */
  lexemes: string[]
  /** All words in their order, with a space before and behind each. */
  words: string
}

/** Longer words are cut: nobody types so much, and the trigrams of encoded data would fill the index. */
const wordCharsMax = 64

/** Of a word in any spelling: the longest that may come to one of wordCharsMax. */
const rawCharsMax = 4 * wordCharsMax
/** No script sets so many on one letter. Unicode puts marks in order in a time that grows with their square. */
const tooManyMarks = /(\p{M}{8})\p{M}+/gu

const unspaced = String.raw`\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Bopomofo}\p{sc=Hangul}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}\u30fc\uff70`
const letter = String.raw`[\p{L}\p{M}\p{N}]`
// Bounded, as everything that becomes a lexeme: PostgreSQL takes 2,046 bytes.
const picture = String.raw`\p{Extended_Pictographic}(?:\ufe0f|\p{Emoji_Modifier}){0,2}`
// An apostrophe between letters belongs to the word.
const anyToken = new RegExp(
  `(${letter}+(?:['’ʼ]${letter}+)*)|${picture}(?:\\u200d${picture}){0,8}|\\p{Regional_Indicator}{2}`,
  'gu',
)
const anyRun = new RegExp(`([${unspaced}][${unspaced}\\p{M}]*)|[^${unspaced}]+`, 'gu')
const someRun = new RegExp(`[${unspaced}]`, 'u')

/** The words of a text in their order. */
export function tokensOf(text: string): Token[] {
  const found: Token[] = []
  const add = (kind: TokenKind, o: number, raw: string) => {
    const word = spell(kind, raw)
    if (word !== '') found.push({ kind, o, l: raw.length, word })
  }
  for (const match of text.matchAll(anyToken)) {
    const [raw, word] = match
    if (word === undefined) add('emoji', match.index, raw)
    else if (!someRun.test(word)) add('word', match.index, raw)
    else
      for (const part of word.matchAll(anyRun))
        add(part[1] === undefined ? 'word' : 'run', match.index + part.index, part[0])
  }
  return found
}

/**
 * The one spelling: lower case, without the accents of Latin, Greek, Hebrew and Arabic, ё as е. The marks of other
 * scripts stay, since they make other letters there: й is no и.
 */
function spell(kind: TokenKind, raw: string): string {
  if (kind === 'emoji') return raw.replace(/\ufe0f|\p{Emoji_Modifier}/gu, '')
  const plain = raw.toLowerCase()
  // Most words: a third of the time of the rest.
  if (/^[a-z0-9а-яё]+$/.test(plain)) return cut(plain.replaceAll('ё', 'е'))
  const few = raw.replace(tooManyMarks, '$1')
  const lower = (kind === 'run' ? few : few.slice(0, rawCharsMax)).normalize('NFKC').toLowerCase()
  if (kind === 'run') return lower
  const bare = lower
    .normalize('NFD')
    .replace(/([\p{sc=Latin}\p{sc=Greek}\p{sc=Hebrew}\p{sc=Arabic}])\p{M}+/gu, '$1')
    .normalize('NFC')
  return cut(bare.replace(/['’ʼ]/g, '').replaceAll('ё', 'е'))
}

function cut(word: string): string {
  return word.length > wordCharsMax ? word.slice(0, wordCharsMax).toWellFormed() : word
}

/** Words of which stems are wanted, in any number of texts. */
export function wordsIn(tokens: readonly Token[]): string[] {
  return tokens.flatMap(({ kind, word }) => (kind === 'word' ? [word] : []))
}

/** Under what a token is found: its stem, itself, or for a run its characters and their pairs. */
export function lexemesOf({ kind, word }: Token, stemOf: StemOf): string[] {
  if (kind === 'word') return [stemOf(word)]
  if (kind === 'emoji') return [word]
  const chars = charsOf(word)
  return [...chars, ...pairsOf(chars)]
}

/** The characters of a run, each with its marks. */
export function charsOf(run: string): string[] {
  return run.match(/\P{M}\p{M}{0,8}/gu) ?? []
}

/** Neighbours: of n characters n − 1. */
export function pairsOf(chars: readonly string[]): string[] {
  return chars.slice(1).map((char, i) => `${chars[i]}${char}`)
}

/** What the index has of a text. */
export function indexed(tokens: readonly Token[], stemOf: StemOf): Indexed {
  return {
    lexemes: [...new Set(tokens.flatMap(token => lexemesOf(token, stemOf)))],
    words: spaced(tokens),
  }
}

/** Words with a space before and behind each. */
export function spaced(tokens: readonly Token[]): string {
  return tokens.length === 0 ? '' : ` ${tokens.map(({ word }) => word).join(' ')} `
}
