// Finds where a profiled function stands in its source. tsx hands V8 each file as one long line, without the names
// that a `const` gives to its arrow function; the file's source map, which it appends, leads back. For flame.ts.

import { readFileSync } from 'node:fs'
import { SourceMap, type SourceMapPayload } from 'node:module'
import { fileURLToPath } from 'node:url'

/** A function as V8 knows it; line and column count from 0, in what V8 was given. */
export interface CallFrame {
  functionName: string
  url: string
  lineNumber: number
  columnNumber: number
}

/** The function's name, '' when it has none, and its line, from 1. */
export interface Place {
  name: string
  line: number
}

/** @param maps  by URL of the file, as V8 reports them: `data:application/json;base64,…`; other kinds are not read */
export function placesBy(maps: Readonly<Record<string, string>>): (frame: CallFrame) => Place {
  const read = new Map<string, Mapped | null>()
  return ({ functionName, url, lineNumber, columnNumber }) => {
    let mapped = read.get(url)
    if (mapped === undefined) {
      mapped = readMap(url, maps[url])
      read.set(url, mapped)
    }
    const entry = mapped?.map.findEntry(lineNumber, columnNumber)
    if (!mapped || !entry || !('originalLine' in entry)) {
      return { name: functionName, line: lineNumber + 1 }
    }
    const before = mapped.lines[entry.originalLine]?.slice(0, entry.originalColumn) ?? ''
    return { name: functionName || nameBefore(before), line: entry.originalLine + 1 }
  }
}

interface Mapped {
  map: SourceMap
  lines: string[]
}

/** null for what cannot be read: the profile is worth showing without. */
function readMap(url: string, map: string | undefined): Mapped | null {
  const base64 = /^data:application\/json[^,]*;base64,(.*)$/.exec(map ?? '')?.[1]
  if (base64 === undefined) return null
  try {
    const payload = JSON.parse(Buffer.from(base64, 'base64').toString()) as SourceMapPayload
    return {
      map: new SourceMap(payload),
      lines: readFileSync(fileURLToPath(url), 'utf8').split('\n'),
    }
  } catch {
    return null
  }
}

/** What an arrow function is assigned to: `flush` of `const flush: Flush = async `, `onMark` of `onMark: `. */
function nameBefore(text: string): string {
  const assigned = /([\w$#]+)(?:\s*:[^=]*)?\s*=\s*(?:async\s*)?$/.exec(text)
  const property = /([\w$]+)\s*:\s*(?:async\s*)?$/.exec(text)
  return (assigned ?? property)?.[1] ?? ''
}
