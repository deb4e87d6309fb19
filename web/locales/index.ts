// The language of the page: English comes with it, another one is loaded when it is chosen. A new language is one more
// folder, its name in state/setting-choices.ts, and a line here.

import { type LanguageTag, languages } from '../state/setting-choices.ts'
import { settings } from '../state/settings.ts'
import { createStore } from '../state/store.ts'
import { en, type Text } from './en/index.ts'

const loaders: Record<LanguageTag, () => Promise<Text>> = {
  en: async () => en,
  ru: async () => (await import('./ru/index.ts')).ru,
}

/** The sentences to show. A live binding: read it while rendering, never when a module loads. */
export let text: Text = en

/** The language shown; what was drawn in another one is drawn anew when it changes. */
export const language = createStore(en.lang)

/** Follows the setting from now on. @returns when the first language is there */
export function followLanguage(): Promise<void> {
  settings.subscribe(() => void show(wanted()))
  return show(wanted())
}

/** The language of the setting, else the one that the browser prefers most among those that exist. */
function wanted(): LanguageTag {
  const { language: chosen } = settings.get()
  return chosen === 'auto' ? pickLanguage(navigator.languages) : chosen
}

/** @param preferred language tags, the most wanted first, as `['de-AT', 'ru']` */
export function pickLanguage(preferred: readonly string[]): LanguageTag {
  for (const tag of preferred) {
    const [main] = tag.toLowerCase().split('-')
    if (main !== undefined && Object.hasOwn(languages, main)) return main as LanguageTag
  }
  return 'en'
}

async function show(tag: LanguageTag): Promise<void> {
  if (tag === text.lang) return
  try {
    const loaded = await loaders[tag]()
    // Another one was chosen while this one was on its way.
    if (tag !== wanted()) return
    text = loaded
  } catch {
    // Without a network the language of before stays; the next visit tries again.
    return
  }
  document.documentElement.lang = text.lang
  document.documentElement.dir = text.dir
  language.set(text.lang)
}
