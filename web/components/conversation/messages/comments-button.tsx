// Below a channel's post: how many comments it has, whose the last ones are, and the way to them.

import type { MessageView } from '#client/types.ts'
import type { Seq } from '#shared/protocol/ids.ts'
import { text } from '../../../locales/index.ts'
import { useNames } from '../../../state/client-context.ts'
import { openPanel } from '../../../state/conversation-panel.ts'
import { useConversation } from '../../../state/conversation-scope.ts'
import { nameOf } from '../../../state/naming.ts'
import { Avatar } from '../../parts/avatar.tsx'
import { Icon } from '../../parts/icon.tsx'

interface Props {
  seq: Seq
  comments: NonNullable<MessageView['comments']>
}

export function CommentsButton({ seq, comments: { count, by } }: Props) {
  const { chat } = useConversation()
  const names = useNames()
  return (
    <button
      type="button"
      className="comments-button"
      data-testid="comments"
      onClick={() => openPanel({ kind: 'comments', chat: chat.id, seq })}
    >
      {by.length === 0 && <Icon name="comments" />}
      <span className="commenters">
        {by.map(user => (
          <Avatar key={user} id={user} name={nameOf(names, user)} small />
        ))}
      </span>
      <span>{text.message.comments(count)}</span>
    </button>
  )
}
