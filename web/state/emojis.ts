// All emojis with their names and keywords, in English and in the language of the page; loaded when somebody first looks for
// one. Which were used last and the tone of skin are kept on this device.

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

const recentKey = 'petrel-page:emojis'
const skinKey = 'petrel-page:skin'
const recentMax = 32
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

/** Those used last, the latest first. */
export function recentEmojis(): string[] {
  const stored = read(recentKey)
  return Array.isArray(stored) ? stored.filter(each => typeof each === 'string') : []
}

export function noteEmoji(emoji: string): void {
  const others = recentEmojis().filter(other => other !== emoji)
  keep(recentKey, [emoji, ...others].slice(0, recentMax))
}

/** 0 for none, 1 to 5 from light to dark. */
export function chosenSkin(): number {
  const stored = read(skinKey)
  return typeof stored === 'number' && stored >= 0 && stored <= 5 ? Math.trunc(stored) : 0
}

export function chooseSkin(skin: number): void {
  keep(skinKey, skin)
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

function read(key: string): unknown {
  try {
    return JSON.parse(localStorage.getItem(key) ?? 'null')
  } catch {
    return null
  }
}

function keep(key: string, value: unknown): void {
  try {
    localStorage.setItem(key, JSON.stringify(value))
  } catch {
    // Without storage they are new each time.
  }
}
