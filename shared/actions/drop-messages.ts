// Deleting messages for everybody, once it is decided: by people (edit-message.ts) or because their time is over.

import type { Rev } from '#shared/protocol/ids.ts'
import type { Message } from '#shared/protocol/models.ts'
import { deleteMessages } from '#shared/store/messages.ts'
import type { ChatChange } from './change-chat.ts'

/** Turns living messages into tombstones, a rev each. The caller holds the chat's lock and has checked the right. */
export async function dropMessages(
  change: ChatChange,
  messages: readonly Message[],
): Promise<void> {
  if (messages.length === 0) return
  const revs = messages.map(() => change.nextRev())
  const seqs = messages.map(message => message.seq)
  await deleteMessages(change.tx, change.chat.id, seqs, revs)
  messages.forEach(({ seq, from, rid, at }, i) => {
    const rev = revs[i] as Rev
    change.emit('deleted', rev, { seq, rev, from, rid, at, text: '', deleted: true })
  })
}
