// Which emojis somebody used last, and their tone of skin: kept on this device until they sign out.

const recentKey = 'petrel-page:emojis'
const skinKey = 'petrel-page:skin'
const recentMax = 32

/** Those used last, the latest first. */
export function recentEmojis(): string[] {
  const stored = read(recentKey)
  return Array.isArray(stored) ? stored.filter(each => typeof each === 'string') : []
}

export function noteEmoji(emoji: string): void {
  const others = recentEmojis().filter(other => other !== emoji)
  keep(recentKey, [emoji, ...others].slice(0, recentMax))
}

export function forgetEmojis(): void {
  try {
    for (const key of [recentKey, skinKey]) localStorage.removeItem(key)
  } catch {
    // A forbidden storage holds nothing.
  }
}

/** 0 for none, 1 to 5 from light to dark. */
export function chosenSkin(): number {
  const stored = read(skinKey)
  return typeof stored === 'number' && stored >= 0 && stored <= 5 ? Math.trunc(stored) : 0
}

export function chooseSkin(skin: number): void {
  keep(skinKey, skin)
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
