// What can be done with a message. The button appears on hover and on focus, so the keyboard reaches it too.

import type { ChatView, MessageView } from '#client/types.ts'
import { can } from '#shared/protocol/permissions.ts'
import { text } from '../../locales/index.ts'
import { useClient } from '../../state/client-context.ts'
import { startEdit, startReply } from '../../state/drafts.ts'
import { notify } from '../../state/notices.ts'
import { Icon } from '../parts/icon.tsx'
import { Menu, type MenuItem } from '../parts/menu.tsx'

interface Props {
  message: MessageView
  own: boolean
  view: ChatView
}

export function MessageMenu({ message, own, view: { chat } }: Props) {
  const client = useClient()
  const { seq } = message
  const may = (action: 'post' | 'deleteOthers') =>
    can(chat.me, action, { defaultRights: chat.rights })
  const items: MenuItem[] = []
  if (seq !== undefined && may('post')) {
    items.push({
      label: text.message.reply,
      icon: 'reply',
      run: () => toComposer(() => startReply(chat.id, seq)),
    })
  }
  items.push({
    label: text.message.copy,
    icon: 'copy',
    run: () => void navigator.clipboard?.writeText(message.text).catch(notify),
  })
  if (seq !== undefined && own && may('post')) {
    items.push({
      label: text.message.edit,
      icon: 'edit',
      run: () => toComposer(() => startEdit(chat.id, seq, message.text)),
    })
  }
  if (seq !== undefined && (own || may('deleteOthers'))) {
    items.push({
      label: text.message.remove,
      icon: 'trash',
      danger: true,
      run: () => void client.delete(chat.id, [seq]).catch(notify),
    })
  }
  return (
    <Menu
      label={text.message.menu}
      items={items}
      className="icon-button message-menu"
      testId="message-menu"
    >
      <Icon name="more" />
    </Menu>
  )
}

function toComposer(change: () => void): void {
  change()
  document.querySelector<HTMLTextAreaElement>('[data-testid=composer]')?.focus()
}
