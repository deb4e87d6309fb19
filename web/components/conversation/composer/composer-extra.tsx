// The line above the field while a message is replied to, in part perhaps, or edited.

import type { ChatWindow } from '#client/types.ts'
import { coverSpoilers } from '#shared/protocol/cover-spoilers.ts'
import type { ChatId } from '#shared/protocol/ids.ts'
import { text } from '../../../locales/index.ts'
import { useMyId, useNames } from '../../../state/client-context.ts'
import { type Draft, stopExtra } from '../../../state/drafts.ts'
import { nameOf } from '../../../state/naming.ts'
import { originalKey, originals } from '../../../state/originals.ts'
import { messageAt } from '../../../state/rows.ts'
import { useStore } from '../../../state/store.ts'
import { Icon } from '../../parts/icon.tsx'
import { IconButton } from '../../parts/icon-button.tsx'

interface Props {
  chat: ChatId
  draft: Draft
  window: ChatWindow
}

export function ComposerExtra({ chat, draft, window }: Props) {
  const me = useMyId()
  const names = useNames()
  const seq = draft.edit?.seq ?? draft.reply
  const read = useStore(originals, all => all.get(originalKey(chat, seq ?? 0)))
  if (seq === undefined) return null
  const original = messageAt(window.messages, seq) ?? read
  const author = original ? nameOf(names, original.from) : text.conversation.original
  const replying =
    original?.from === me ? text.conversation.replyingToYou : text.conversation.replyingTo(author)
  const shown = (draft.edit ? undefined : draft.quote) ?? original
  return (
    <div className="composer-extra" data-testid="composer-extra">
      <Icon name={iconOf(draft)} />
      <p>
        <strong>{draft.edit ? text.conversation.editing : replying}</strong>
        <span>{coverSpoilers(shown?.text ?? '', shown?.ents).slice(0, 200)}</span>
      </p>
      <IconButton
        icon="close"
        label={draft.edit ? text.conversation.stopEdit : text.conversation.stopReply}
        onClick={() => stopExtra(chat)}
      />
    </div>
  )
}

function iconOf({ edit, quote }: Draft) {
  if (edit) return 'edit'
  return quote ? 'quote' : 'reply'
}
