// A text for places that show it in a line: a list, a quote, a notification. What a spoiler covers is covered there, too, and
// cannot be uncovered. Used by the page and by what is pushed.

import type { Entity } from './entities.ts'

/** @returns a text of the same length, so offsets into it stay true */
export function coverSpoilers(text: string, ents: readonly Entity[] | null = null): string {
  const spoilers = ents?.filter(({ t }) => t === 'spoiler') ?? []
  if (spoilers.length === 0) return text
  const units = text.split('')
  for (const { o, l } of spoilers) units.fill('▒', o, o + l)
  return units.join('')
}
