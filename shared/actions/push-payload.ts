// What a push says of a chat. Small, and no more than its reader allows to be shown.

import { coverSpoilers } from '#shared/protocol/cover-spoilers.ts'
import type { PushPayload } from '#shared/protocol/http.ts'
import { limits } from '#shared/protocol/limits.ts'
import type { PushedMessage, PushView } from '#shared/store/pushes.ts'

/** @returns null when there is nothing to tell */
export function payloadOf(view: PushView): PushPayload | null {
  const { user, chat, message, previews, unread, badge } = view
  if (!message) return null
  const counts = { v: 1 as const, user, chat, seq: message.seq, unread, badge }
  return previews ? { ...counts, ...words(view, message) } : counts
}

function words({ kind, title }: PushView, message: PushedMessage): Partial<PushPayload> {
  const { author, text, ents, isPoll } = message
  const name = kind === 'direct' ? author : title
  return {
    ...(name !== null && { title: name }),
    ...(kind === 'group' && author !== null && { from: author }),
    text: shorten(coverSpoilers(text, ents)),
    ...(isPoll && { poll: true as const }),
  }
}

/** One line, cut between characters. */
function shorten(text: string): string {
  const line = text.slice(0, 4 * limits.pushTextCharsMax).replaceAll(/\s+/g, ' ')
  const chars = [...line.trim()]
  if (chars.length <= limits.pushTextCharsMax) return chars.join('')
  return `${chars.slice(0, limits.pushTextCharsMax - 1).join('')}…`
}
