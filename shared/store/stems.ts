// Stems of words by PostgreSQL's Snowball dictionaries, English for Latin letters and Russian for Cyrillic ones, kept
// for a while because the same words come again and again.

import type { Queryable } from './db.ts'

/** About 10 MB. */
const keptMax = 50_000

export class Stems {
  readonly #kept = new Map<string, string>()

  /**
   * @param words in their one spelling (lower case, ё as е)
   * @returns a function that knows the stems of these words: a word that is in no dictionary or means nothing alone
   *   ("the") is its own stem
   * @throws AppError overloaded, timeout
   */
  async of(db: Queryable, words: Iterable<string>): Promise<(word: string) => string> {
    const stems = new Map<string, string>()
    const unknown = { english: new Set<string>(), russian: new Set<string>() }
    for (const word of words) {
      const language = languageOf(word)
      const known = this.#kept.get(word)
      if (known !== undefined) stems.set(word, known)
      else if (language) unknown[language].add(word)
    }
    const { english, russian } = unknown
    if (english.size + russian.size > 0) {
      const rows = await readStems(db, [...english], [...russian])
      if (this.#kept.size + rows.length > keptMax) this.#kept.clear()
      for (const { word, stem } of rows) {
        stems.set(word, stem)
        this.#kept.set(word, stem)
      }
    }
    return word => stems.get(word) ?? word
  }
}

function languageOf(word: string): 'english' | 'russian' | null {
  if (/^[a-z]{3,}$/.test(word)) return 'english'
  return /^[а-я]{3,}$/.test(word) ? 'russian' : null
}

/** Of words without meaning dictionaries give no stem at all. */
function readStems(
  db: Queryable,
  english: readonly string[],
  russian: readonly string[],
): Promise<{ word: string; stem: string }[]> {
  return db.query<{ word: string; stem: string }>({
    name: 'stems',
    text: `select word, coalesce((ts_lexize('pg_catalog.english_stem', word))[1], word) as stem from unnest($1::text[]) word
           union all
           select word, coalesce((ts_lexize('pg_catalog.russian_stem', word))[1], word) from unnest($2::text[]) word`,
    values: [english, russian],
  })
}
