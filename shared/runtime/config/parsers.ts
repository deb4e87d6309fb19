// Parsers that several settings share. Each throws an Error whose message says what is expected, without the value: config.ts
// shows that, unless it is secret.

export function oneOf<const Words extends readonly string[]>(
  ...words: Words
): (text: string) => Words[number] {
  return text => {
    if (!words.includes(text)) throw new Error(`one of ${words.join(', ')}`)
    return text
  }
}

export function integer(min: number, max: number): (text: string) => number {
  return text => {
    const value = Number(text)
    if (!/^\d{1,15}$/.test(text) || value < min || value > max)
      throw new Error(`a whole number from ${min} to ${max}`)
    return value
  }
}

export function flag(text: string): boolean {
  if (text !== '0' && text !== '1') throw new Error('0 or 1')
  return text === '1'
}

export function url(expected: string, protocols: readonly string[]): (text: string) => string {
  return text => {
    if (!URL.canParse(text) || !protocols.includes(new URL(text).protocol))
      throw new Error(expected)
    return text
  }
}

/** Exact origins, separated by commas; none for an empty text. */
export function origins(text: string): readonly string[] {
  if (text === '') return []
  return text.split(',').map(part => {
    const origin = part.trim()
    if (!/^https?:/.test(origin) || !URL.canParse(origin) || new URL(origin).origin !== origin) {
      throw new Error('origins like https://chat.example.org, separated by commas, without a path')
    }
    return origin
  })
}
