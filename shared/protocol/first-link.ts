// Which link of a message a preview is of. Pure; the gateway asks it of a new message, the job again before it writes.

import { detect, hasUrl } from './detect.ts'
import type { Entity } from './entities.ts'

/** Addresses longer than this are looked at by nobody. */
const urlCharsMax = 2_048

/**
 * The first http(s) address that a message leads to, in the spelling of the URL standard and without its fragment.
 * @returns null when there is none; never one with a name and password in it
 */
export function firstLink(text: string, spans: readonly Entity[] | undefined): string | null {
  const marked = linksOf(spans ?? [])
  // A client that marks nothing shows addresses as links all the same; those in code are none.
  const isMarked = marked.length > 0 || !hasUrl(text)
  const candidates = isMarked ? marked : linksOf(detect(text)).filter(span => !isCode(span, spans))
  for (const { o, l, url } of candidates) {
    const found = normal(url ?? text.slice(o, o + l))
    if (found !== null) return found
  }
  return null
}

function linksOf(spans: readonly Entity[]): Entity[] {
  return spans.filter(({ t }) => t === 'url' || t === 'link').sort((a, b) => a.o - b.o)
}

function isCode({ o, l }: Entity, spans: readonly Entity[] = []): boolean {
  return spans.some(
    other => (other.t === 'code' || other.t === 'pre') && other.o < o + l && o < other.o + other.l,
  )
}

function normal(address: string): string | null {
  const whole = /^www\./i.test(address) ? `https://${address}` : address
  if (!/^https?:\/\//i.test(whole) || !URL.canParse(whole)) return null
  const url = new URL(whole)
  if (url.username !== '' || url.password !== '') return null
  url.hash = ''
  return url.href.length > urlCharsMax ? null : url.href
}
