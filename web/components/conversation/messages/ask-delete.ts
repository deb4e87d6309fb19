// Asks before messages are deleted: for the user alone, or for everybody where that is theirs to do.

import type { PetrelClient } from '#client/index.ts'
import type { Seq } from '#shared/protocol/ids.ts'
import { text } from '../../../locales/index.ts'
import type { ConversationChat } from '../../../state/message-rights.ts'
import { ask } from '../../../state/questions.ts'
import { stopSelecting } from '../../../state/selection.ts'

export interface Doomed {
  seq: Seq
  /** The user may delete it for everybody. */
  forAll: boolean
}

export function askDelete(
  client: PetrelClient,
  { id, kind }: ConversationChat,
  doomed: readonly Doomed[],
): void {
  const seqs = doomed.map(({ seq }) => seq)
  const isShared = kind !== 'saved'
  const both = isShared && doomed.every(({ forAll }) => forAll)
  const onlyForAll = kind === 'saved' || (kind === 'channel' && both)
  const tick = kind === 'direct' ? text.message.removeForBoth : text.message.removeForAll
  ask({
    title: text.message.removeTitle(seqs.length),
    sentence: onlyForAll ? text.message.removeGone : text.message.removeSure,
    button: text.message.removeButton,
    ...(both && !onlyForAll && { tick }),
    run: async ticked => {
      await (onlyForAll || ticked ? client.delete(id, seqs) : client.hide(id, seqs))
      stopSelecting()
    },
  })
}
