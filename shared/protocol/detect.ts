// What in a text is something by itself, without being marked: addresses, @names, #tags, /commands. Pure; clients use it
// while a message is written, the server to see whether a text holds an address. Each pattern is anchored at a place where
// such a thing may begin and is bounded, so that no text makes it slow (detect.test.ts).

import type { Entity } from './entities.ts'

const url = String.raw`(?<url>(?<![\p{L}\p{N}_@.-])(?:https?:\/\/|www\.)[^\s<>"\x60\p{Cc}]{1,2048})`
const email = String.raw`(?<email>(?<![\p{L}\p{N}_.+-])[\p{L}\p{N}_.+-]{1,64}@[\p{L}\p{N}-]{1,63}(?:\.[\p{L}\p{N}-]{1,63}){1,8})`
const mention = String.raw`(?<mention>(?<![\p{L}\p{N}_@/.])@[A-Za-z][A-Za-z0-9_]{2,31}(?![\p{L}\p{N}_@]))`
const hashtag = String.raw`(?<hashtag>(?<![\p{L}\p{N}_&#/])#(?=[\p{N}_]{0,63}\p{L})[\p{L}\p{M}\p{N}_]{1,64}(?![\p{L}\p{N}_#]))`
const command = String.raw`(?<command>(?<![\p{L}\p{N}_/<>.)])\/[A-Za-z][A-Za-z0-9_]{0,31}(?:@[A-Za-z][A-Za-z0-9_]{2,31})?(?![\p{L}\p{N}_/@]))`

const anything = new RegExp([url, email, mention, hashtag, command].join('|'), 'giu')
const anyUrl = new RegExp(url, 'iu')

/** Ends a sentence or a bracket around the address rather than the address itself. */
const tail = '.,:;!?\'")]}…»”’'

/**
 * Finds addresses, names, tags and commands.
 * @returns entities in order, none touching another; types url, email, mention, hashtag, command
 */
export function detect(text: string): Entity[] {
  const found: Entity[] = []
  for (const match of text.matchAll(anything)) {
    const groups = match.groups as Record<Entity['t'], string | undefined>
    const t = (Object.keys(groups) as Entity['t'][]).find(name => groups[name] !== undefined)
    if (!t) continue
    const l = t === 'url' ? urlLength(match[0]) : match[0].length
    if (l > 0) found.push({ t, o: match.index, l })
  }
  return found
}

/** HOT: per message sent. Whether a text holds an http address. */
export function hasUrl(text: string): boolean {
  // Most texts have neither, and two searches for a word are quicker than the pattern.
  return (text.includes('//') || /www\./i.test(text)) && anyUrl.test(text)
}

/** Without what follows the address in its sentence; 0 if nothing of a host is left. A closing bracket belongs to it if it was opened there. */
function urlLength(raw: string): number {
  let url = raw
  while (tail.includes(url.at(-1) ?? ' ') && !closesBracket(url)) url = url.slice(0, -1)
  return /^(?:https?:\/\/|www\.)[\p{L}\p{N}[]/iu.test(url) ? url.length : 0
}

function closesBracket(url: string): boolean {
  if (!url.endsWith(')')) return false
  return url.split('(').length >= url.split(')').length
}
