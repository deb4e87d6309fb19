// Changes of the text in a composer's field: marks around the selection, words in the place of others. Pure.

/** A part of a field's text that becomes another one, and what is selected then. */
export interface TextChange {
  from: number
  to: number
  text: string
  select: [from: number, to: number]
}

/** Marks of the Markdown that the SDK reads. */
export const marks = {
  bold: '**',
  italic: '__',
  underline: '^^',
  strike: '~~',
  spoiler: '||',
  code: '`',
} as const
export type MarkName = keyof typeof marks

/** Puts a mark around a part of the text, or takes it away where it stands already. */
export function toggleMark(text: string, from: number, to: number, name: MarkName): TextChange {
  const mark = marks[name]
  const chosen = text.slice(from, to)
  // Marks hold only what neither begins nor ends with a space.
  const start = from + (chosen.length - chosen.trimStart().length)
  const end = to - (chosen.length - chosen.trimEnd().length)
  if (start >= end) return { from, to, text: chosen, select: [from, to] }
  const words = text.slice(start, end)
  const stands =
    text.slice(start - mark.length, start) === mark && text.slice(end, end + mark.length) === mark
  if (stands) {
    const begin = start - mark.length
    return {
      from: begin,
      to: end + mark.length,
      text: words,
      select: [begin, begin + words.length],
    }
  }
  const begin = start + mark.length
  return {
    from: start,
    to: end,
    text: `${mark}${words}${mark}`,
    select: [begin, begin + words.length],
  }
}

/** Makes whole lines a quote, or no longer. */
export function toggleQuote(text: string, from: number, to: number): TextChange {
  const start = text.lastIndexOf('\n', from - 1) + 1
  const next = text.indexOf('\n', to)
  const end = next < 0 ? text.length : next
  const lines = text.slice(start, end).split('\n')
  const isQuote = lines.every(line => line.startsWith('>'))
  const changed = lines.map(line => (isQuote ? line.replace(/^> ?/, '') : `> ${line}`)).join('\n')
  return { from: start, to: end, text: changed, select: [start, start + changed.length] }
}

/** Words in the place of others, with the caret behind them. */
export function replaceWith(from: number, to: number, words: string): TextChange {
  return { from, to, text: words, select: [from + words.length, from + words.length] }
}

export function linkOf(words: string, url: string): string {
  const bare = words.replace(/[[\]]/g, '')
  // What ends the address in Markdown is written as its bytes.
  const address = url.replace(
    /[()\s]/g,
    sign => `%${sign.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )
  return `[${bare || url}](${address})`
}

/** What somebody begins to write that can be completed: a name behind @ or an emoji behind a colon. */
export interface Begun {
  sign: '@' | ':'
  words: string
  /** Where the sign stands. */
  from: number
  to: number
}

const begins = /(?<=^|[\s([{])(?:@([\p{L}\p{N}_]{0,32})|:([\p{L}\p{N}_+-]{2,32}))$/u

export function begunAt(text: string, caret: number): Begun | null {
  const found = begins.exec(text.slice(Math.max(0, caret - 40), caret))
  if (!found) return null
  const words = found[1] ?? found[2] ?? ''
  const sign = found[1] === undefined ? ':' : '@'
  return { sign, words, from: caret - words.length - 1, to: caret }
}
