// Lines that begin with > are a quote. Splits a source into quotes and what lies between them; code is left whole.

import { codeAt, runLength } from './code.ts'

export interface Segment {
  isQuote: boolean
  /** Without the > of its lines. */
  source: string
}

/** Segments in order; a line break lies between each two. Empty lines at the edge of a quote are not of it. */
export function segmentsOf(source: string): Segment[] {
  const lines: Segment[] = []
  for (let at = 0; at <= source.length; ) {
    const quoted = source[at] === '>'
    const end = quoted ? lineEnd(source, at) : plainEnd(source, at)
    lines.push({ isQuote: quoted, source: source.slice(at, end) })
    at = end + 1
  }
  unquoteEdges(lines)
  return join(lines.map(line => (line.isQuote ? { ...line, source: bare(line.source) } : line)))
}

function bare(line: string): string {
  return line.replace(/^> ?/, '')
}

/** A quote begins and ends with a line that says something; a > alone elsewhere is text. */
function unquoteEdges(lines: Segment[]): void {
  const isBlank = (line: Segment) => line.isQuote && bare(line.source).trim() === ''
  const sweep = (order: Segment[]) => {
    let within = false
    for (const line of order) {
      if (line.isQuote && !within && isBlank(line)) line.isQuote = false
      else within = line.isQuote
    }
  }
  sweep(lines)
  sweep([...lines].reverse())
}

function join(lines: readonly Segment[]): Segment[] {
  const joined: Segment[] = []
  for (const { isQuote, source } of lines) {
    const last = joined.at(-1)
    if (last?.isQuote === isQuote) last.source += `\n${source}`
    else joined.push({ isQuote, source })
  }
  return joined
}

function lineEnd(source: string, from: number): number {
  const end = source.indexOf('\n', from)
  return end < 0 ? source.length : end
}

/** The end of the line, or of the last of the lines that code joins to it. */
function plainEnd(source: string, from: number): number {
  for (let at = from; at < source.length; ) {
    const char = source[at]
    if (char === '\n') return at
    if (char === '\\') at += /[\\`]/.test(source[at + 1] ?? '') ? 2 : 1
    else if (char === '`') at = codeAt(source, at)?.end ?? at + runLength(source, at)
    else at++
  }
  return source.length
}
