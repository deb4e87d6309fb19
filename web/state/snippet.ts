// From a message that was found to the pieces that a list shows: the part of its text that matters, with what matched
// marked. Pure; whatever the offsets are, the pieces hold each character of that part once and in order.

export interface Piece {
  /** Offset in the message, a stable key. */
  at: number
  text: string
  marked: boolean
}

interface Span {
  o: number
  l: number
}

/** @param marks in order */
export function toPieces(text: string, snippet: Span, marks: readonly Span[]): Piece[] {
  const from = Math.min(Math.max(0, snippet.o), text.length)
  const to = Math.min(from + Math.max(0, snippet.l), text.length)
  const pieces: Piece[] = []
  const put = (start: number, end: number, marked: boolean) => {
    if (start < end) pieces.push({ at: start, text: text.slice(start, end), marked })
  }
  let at = from
  for (const { o, l } of marks) {
    const start = Math.min(Math.max(o, at), to)
    const end = Math.min(Math.max(o + l, start), to)
    if (start === end) continue
    put(at, start, false)
    put(start, end, true)
    at = end
  }
  put(at, to, false)
  return pieces
}
