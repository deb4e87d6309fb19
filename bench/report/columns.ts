// Lays out text in columns for a terminal: as wide as needed, never wider than `widthMax`, no colours. For
// table.ts and compare.ts.

/** No line of a table is longer than this. */
export const widthMax = 120

/** A row of cells, or a line of its own over all columns. */
export type Line = readonly string[] | string

const gap = 2

/**
 * The rows with each column as wide as its widest cell. The first column takes what the others leave, and what does
 * not fit into it stands on lines of its own above the row's.
 * @param aligned  one letter a column: `l` or `r`
 */
export function columns(lines: readonly Line[], aligned: string): string[] {
  const rows = lines.filter(line => typeof line !== 'string')
  const widths = [...aligned].map((_, i) => Math.max(0, ...rows.map(row => width(row[i] ?? ''))))
  const rest = widths.slice(1).reduce((sum, size) => sum + (size > 0 ? size + gap : 0), 0)
  widths[0] = Math.min(widths[0] ?? 0, Math.max(20, widthMax - rest))
  return lines.flatMap(line => (typeof line === 'string' ? wrap(line) : row(line, widths, aligned)))
}

/** Text in lines of at most `size`, the later ones indented like the first. */
export function wrap(text: string, size = widthMax): string[] {
  const indent = /^ */.exec(text)?.[0] ?? ''
  const lines: string[] = []
  let line = ''
  for (const word of plain(text).trim().split(/ +/)) {
    for (const piece of pieces(word, size - indent.length)) {
      if (line !== '' && width(indent) + width(line) + 1 + width(piece) > size) {
        lines.push(indent + line)
        line = ''
      }
      line += line === '' ? piece : ` ${piece}`
    }
  }
  return [...lines, indent + line]
}

/** One line without anything that a terminal would obey. */
export function plain(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ')
}

function row(cells: readonly string[], widths: readonly number[], aligned: string): string[] {
  const [first = '', ...others] = cells
  const above = wrap(first, widths[0])
  const last = above.pop() ?? ''
  const line = [last, ...others]
    .map((cell, i) => pad(plain(cell), widths[i] ?? 0, aligned[i] === 'r'))
    .filter((_, i) => (widths[i] ?? 0) > 0)
    .join(' '.repeat(gap))
    .trimEnd()
  return [...above, clip(line)]
}

function pad(text: string, size: number, right: boolean): string {
  const spaces = ' '.repeat(Math.max(0, size - width(text)))
  return right ? spaces + text : text + spaces
}

function clip(line: string): string {
  const characters = [...line]
  return characters.length <= widthMax ? line : `${characters.slice(0, widthMax - 1).join('')}…`
}

/** A word that is longer than a line, in parts that fit. */
function pieces(word: string, size: number): string[] {
  const characters = [...word]
  const parts: string[] = []
  for (let i = 0; i < characters.length; i += size)
    parts.push(characters.slice(i, i + size).join(''))
  return parts
}

function width(text: string): number {
  return [...plain(text)].length
}
