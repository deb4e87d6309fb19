// Where a forwarded message came from; pressing it goes to the channel's post, or to the person where they allow it.

import type { MessageView } from '#client/types.ts'
import { text } from '../../../locales/index.ts'
import { useSnapshot } from '../../../state/client-context.ts'
import { openPanel } from '../../../state/conversation-panel.ts'
import { openChatAt } from '../../../state/navigation.ts'

export function ForwardedFrom({ fwd }: { fwd: NonNullable<MessageView['fwd']> }) {
  const { chat, seq, from, title, name } = fwd
  const isMember = useSnapshot(({ chats }) => chats.some(view => view.chat.id === chat))
  const author = useSnapshot(({ contacts }) => contacts.get(from ?? 0) || name)
  const shown = text.message.forwardedFrom(
    [title, author].filter(Boolean).join(' · ') || text.chats.unnamed,
  )
  const open = () => {
    if (chat !== undefined && seq !== undefined && isMember) openChatAt(chat, seq)
    else if (from !== undefined) openPanel({ kind: 'person', user: from })
  }
  const leads = (chat !== undefined && seq !== undefined && isMember) || from !== undefined
  if (!leads) return <p className="forwarded">{shown}</p>
  return (
    <p className="forwarded">
      <button type="button" className="forwarded-link" onClick={open}>
        {shown}
      </button>
    </p>
  )
}
