// Code between backticks: one or two of them for `code`, three or more for a block with perhaps the name of a language.
// Inside nothing else has a meaning, and a run of another length is text.

import { langCharsMax } from '#shared/protocol/entities.ts'

export interface Code {
  t: 'code' | 'pre'
  text: string
  lang?: string
  /** Behind the closing run. */
  end: number
}

const lang = new RegExp(`^([\\w+#.-]{0,${langCharsMax}})\\n`)
const wholeLang = new RegExp(`^[\\w+#.-]{1,${langCharsMax}}$`)

/** The length of the run of backticks at `at`. */
export function runLength(source: string, at: number): number {
  let end = at
  while (source[end] === '`') end++
  return end - at
}

/** The code whose opening run of backticks begins at `at`; undefined when it does not close or is empty. */
export function codeAt(source: string, at: number): Code | undefined {
  const run = runLength(source, at)
  const from = at + run
  for (let close = source.indexOf('`', from); close >= 0; ) {
    const length = runLength(source, close)
    if (length === run) return read(run, source.slice(from, close), close + run)
    close = source.indexOf('`', close + length)
  }
  return undefined
}

function read(run: number, raw: string, end: number): Code | undefined {
  if (run < 3) {
    // A lone backtick is common enough in prose: it never reaches for one in another line.
    if (run === 1 && raw.includes('\n')) return undefined
    return { t: 'code', text: isPadded(raw) ? raw.slice(1, -1) : raw, end }
  }
  const name = lang.exec(raw)
  const text = raw.slice(name?.[0].length ?? 0).replace(/\n$/, '')
  if (text === '') return undefined
  return { t: 'pre', text, ...(name?.[1] && { lang: name[1] }), end }
}

/** A space at either side keeps backticks of the code apart from those around it. */
function isPadded(raw: string): boolean {
  return raw.length > 2 && raw.startsWith(' ') && raw.endsWith(' ') && raw.trim() !== ''
}

/** How code is written; undefined when no run of backticks can hold it. */
export function writeCode(text: string): string | undefined {
  const runs = new Set(text.match(/`+/g)?.map(run => run.length))
  const length = runs.has(1) || text.includes('\n') ? 2 : 1
  if (runs.has(length) || text === '') return undefined
  const needsPad = text.startsWith('`') || text.endsWith('`') || isPadded(text)
  const run = '`'.repeat(length)
  return needsPad ? `${run} ${text} ${run}` : `${run}${text}${run}`
}

/** How a block of code is written. A name of a language that cannot be written is left out. */
export function writePre(text: string, language: string | undefined): string {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map(run => run.length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}${isWritableLang(language) ? language : ''}\n${text}\n${fence}`
}

export function isWritableLang(language: string | undefined): boolean {
  return language !== undefined && wholeLang.test(language)
}
