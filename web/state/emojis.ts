// All emojis with their names and keywords, in English and in the language of the page; loaded when somebody first looks for
// one.

import type { CompactEmoji } from 'emojibase'
import { text } from '../locales/index.ts'

export interface Emoji {
  unicode: string
  label: string
  /** Where it stands in the picker. */
  group: number
  /** What it is found by, in small letters. */
  words: string
  /** The same with a skin, the lightest first. */
  skins: readonly string[]
}

/** The group of single skins and hair, which are no emojis of their own. */
const parts = 2

const loading = new Map<string, Promise<readonly Emoji[]>>()

/** In the order of Unicode. */
export function loadEmojis(): Promise<readonly Emoji[]> {
  const { lang } = text
  const held = loading.get(lang) ?? load(lang)
  loading.set(lang, held)
  held.catch(() => loading.delete(lang))
  return held
}

/** Those whose name or keywords begin with the words, names first. */
export async function searchEmojis(query: string): Promise<readonly Emoji[]> {
  const wanted = query.trim().toLowerCase().replaceAll('_', ' ')
  const all = await loadEmojis()
  const inName = all.filter(({ label }) => label.toLowerCase().startsWith(wanted))
  const inWords = all.filter(emoji => !inName.includes(emoji) && emoji.words.includes(` ${wanted}`))
  return [...inName, ...inWords]
}

export function withSkin({ unicode, skins }: Emoji, skin: number): string {
  return skins[skin - 1] ?? unicode
}

async function load(lang: string): Promise<readonly Emoji[]> {
  const [{ default: english }, own] = await Promise.all([
    import('emojibase-data/en/compact.json'),
    lang === 'ru' ? import('emojibase-data/ru/compact.json') : undefined,
  ])
  const named = new Map(own?.default.map(emoji => [emoji.unicode, emoji]))
  return english.flatMap((emoji: CompactEmoji) => {
    if (emoji.group === undefined || emoji.group === parts) return []
    const other = named.get(emoji.unicode)
    const words = [other, emoji].flatMap(each => [each?.label ?? '', ...(each?.tags ?? [])])
    return {
      unicode: emoji.unicode,
      label: (other ?? emoji).label,
      group: emoji.group,
      words: ` ${words.join(' ').toLowerCase()}`,
      skins: (emoji.skins ?? []).slice(0, 5).map(({ unicode }) => unicode),
    }
  })
}
