// Several names in one sentence, as the language of the page joins them.

import { text } from '../locales/index.ts'

/** "Alice, Bob and Carol". */
export function listOf(names: readonly string[]): string {
  return new Intl.ListFormat(text.lang, { type: 'conjunction' }).format(names)
}
