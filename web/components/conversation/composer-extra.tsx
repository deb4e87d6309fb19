// The line above the field while a message is replied to or edited.

import type { ChatWindow } from '#client/types.ts'
import type { ChatId } from '#shared/protocol/ids.ts'
import { text } from '../../locales/index.ts'
import { useMyId, useUsers } from '../../state/client-context.ts'
import { type Draft, stopExtra } from '../../state/drafts.ts'
import { nameOf } from '../../state/naming.ts'
import { Icon } from '../parts/icon.tsx'

interface Props {
  chat: ChatId
  draft: Draft
  window: ChatWindow
}

export function ComposerExtra({ chat, draft, window }: Props) {
  const me = useMyId()
  const users = useUsers()
  const seq = draft.edit?.seq ?? draft.reply
  if (seq === undefined) return null
  const original = window.messages.find(message => message.seq === seq)
  const author = original ? nameOf(users, original.from) : text.talk.original
  const replying = original?.from === me ? text.talk.replyingToYou : text.talk.replyingTo(author)
  return (
    <div className="composer-extra" data-testid="composer-extra">
      <Icon name={draft.edit ? 'edit' : 'reply'} />
      <p>
        <strong>{draft.edit ? text.talk.editing : replying}</strong>
        <span>{original?.text.slice(0, 200)}</span>
      </p>
      <button
        type="button"
        className="icon-button"
        aria-label={draft.edit ? text.talk.stopEdit : text.talk.stopReply}
        onClick={() => stopExtra(chat)}
      >
        <Icon name="close" />
      </button>
    </div>
  )
}
