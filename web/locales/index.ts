// Chooses the language of the page once, at load. A new language is one more entry here.

import { en, type Text } from './en/index.ts'

const locales: Record<string, Text> = { en }

/** The sentences of the language that the browser prefers most among those that exist; English otherwise. */
export const text: Text = pick(navigator.languages)

function pick(preferred: readonly string[]): Text {
  for (const tag of preferred) {
    const found = locales[tag.split('-')[0] ?? '']
    if (found) return found
  }
  return en
}
