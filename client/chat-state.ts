// What a chat's summary means at a moment: muted or not, archived or back. Pure; applications use it too.

import type { Chat } from '#shared/protocol/models.ts'

/** Whether the user wants no noise from this chat at `now` (ms since 1970). */
export function isMuted({ me }: Pick<Chat, 'me'>, now: number): boolean {
  return me.mutedUntil !== undefined && me.mutedUntil > now
}

/** Whether the chat is in the archive: a message brings it back that came later, while it was not muted. */
export function isArchived({ me, seq, at, last }: Chat): boolean {
  if (!me.archived) return false
  const isQuiet = seq <= (me.archivedSeq ?? seq)
  return isQuiet || (me.mutedUntil !== undefined && (last?.at ?? at) <= me.mutedUntil)
}
