// The keys of the page. Whoever can do what a key stands for takes it while it is on screen (`useShortcut`); the last one
// who took it is the innermost and comes first. What nobody has taken does nothing, and the sheet of keys leaves it out.

/** `Mod` is Ctrl, or the command key of a Mac. Letters are places on the keyboard: Ctrl+K is there in every script. */
export const shortcuts = {
  search: 'Mod+K',
  nextChat: 'Alt+ArrowDown',
  previousChat: 'Alt+ArrowUp',
  settings: 'Mod+,',
  help: '?',
  close: 'Escape',
  devPanel: 'Ctrl+Shift+D',
} as const

/** What formats the selected words of the composer. */
export const formatKeys = {
  bold: 'Mod+B',
  italic: 'Mod+I',
  underline: 'Mod+U',
  strike: 'Mod+Shift+X',
  code: 'Mod+Shift+M',
  spoiler: 'Mod+Shift+P',
  link: 'Mod+K',
} as const

export type ShortcutName = keyof typeof shortcuts
/** @returns false when the next one further out should have the key */
export type ShortcutHandler = (event: KeyboardEvent) => boolean | undefined

const takers = new Map<ShortcutName, ShortcutHandler[]>()

/**
 * @param place `outermost` comes after all others, whoever came first
 * @returns gives it back
 */
export function takeShortcut(
  name: ShortcutName,
  handler: ShortcutHandler,
  place: 'innermost' | 'outermost' = 'innermost',
): () => void {
  const others = takers.get(name) ?? []
  takers.set(name, place === 'innermost' ? [handler, ...others] : [...others, handler])
  return () => {
    const left = takers.get(name)?.filter(other => other !== handler) ?? []
    if (left.length > 0) takers.set(name, left)
    else takers.delete(name)
  }
}

/** Those that do something now. */
export function takenShortcuts(): ShortcutName[] {
  return (Object.keys(shortcuts) as ShortcutName[]).filter(name => takers.has(name))
}

/** Listens to the whole page. @returns ends it */
export function followKeys(): () => void {
  addEventListener('keydown', onKey)
  return () => removeEventListener('keydown', onKey)
}

/** How such keys stand on a keyboard: `['Ctrl', 'K']` for `Mod+K`. */
export function keysOf(shortcut: string): string[] {
  const shown: Record<string, string> = {
    Mod: isMac() ? '⌘' : 'Ctrl',
    Alt: isMac() ? '⌥' : 'Alt',
    Shift: isMac() ? '⇧' : 'Shift',
    ArrowUp: '↑',
    ArrowDown: '↓',
    Escape: 'Esc',
  }
  return shortcut.split('+').map(key => shown[key] ?? key)
}

function onKey(event: KeyboardEvent): void {
  // A dialog in front of the page has the keys for itself, and closes by itself.
  if (event.defaultPrevented || event.isComposing || document.querySelector('dialog[open]')) return
  for (const [name, handlers] of takers) {
    if (!isPressed(shortcuts[name], event)) continue
    if (handlers.some(handler => handler(event) !== false)) {
      event.preventDefault()
      return
    }
  }
}

function isPressed(shortcut: string, event: KeyboardEvent): boolean {
  const keys = shortcut.split('+')
  const key = keys.at(-1) ?? ''
  // A character of its own may need Shift, or AltGr, and is the text's while somebody types.
  if (keys.length === 1 && key.length === 1) {
    return event.key === key && !event.ctrlKey && !event.metaKey && !isTyping(event.target)
  }
  return sameModifiers(keys, event) && (event.key === key || event.code === codeOf(key))
}

function sameModifiers(keys: readonly string[], event: KeyboardEvent): boolean {
  const mod = keys.includes('Mod')
  const ctrl = keys.includes('Ctrl') || (mod && !isMac())
  return (
    event.ctrlKey === ctrl &&
    event.metaKey === (mod && isMac()) &&
    event.altKey === keys.includes('Alt') &&
    event.shiftKey === keys.includes('Shift')
  )
}

function codeOf(key: string): string {
  if (key === ',') return 'Comma'
  return /^[A-Z]$/.test(key) ? `Key${key}` : key
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || target.matches('input, textarea, select'))
  )
}

function isMac(): boolean {
  return /Mac|iPhone|iPad/.test(navigator.platform)
}
