// Selects messages by a press, and says when there is no room for more.

import type { PetrelClient } from '#client/index.ts'
import type { ChatId, Seq } from '#shared/protocol/ids.ts'
import { text } from '../../../locales/index.ts'
import { say } from '../../../state/notices.ts'
import { selectedMax, selectRange, toggleSelected } from '../../../state/selection.ts'

/** Selects a message, or no longer. */
export function select(chat: ChatId, seq: Seq): void {
  if (!toggleSelected(chat, seq)) sayFull()
}

/** Selects all from the one pressed last to this one, as far as they are loaded. */
export function selectUpTo(client: PetrelClient, chat: ChatId, to: Seq): void {
  const { messages = [] } = client.getSnapshot().windows.get(chat) ?? {}
  const all = messages.flatMap(({ seq, svc, deleted }) =>
    seq === undefined || svc || deleted ? [] : [seq],
  )
  if (!selectRange(chat, to, all)) sayFull()
}

function sayFull(): void {
  say(text.bars.selectedMax(selectedMax))
}
