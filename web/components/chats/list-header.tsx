// Above the list: the account's menu and what can be started.

import { text } from '../../locales/index.ts'
import { useClient, useSnapshot } from '../../state/client-context.ts'
import { notify } from '../../state/notices.ts'
import { openChat, openDialog } from '../../state/view.ts'
import { Icon } from '../parts/icon.tsx'
import { Menu, type MenuItem } from '../parts/menu.tsx'

export function ListHeader({ onSignOut }: { onSignOut(): void }) {
  const client = useClient()
  const name = useSnapshot(({ me }) => me?.name ?? '')
  const create: MenuItem[] = [
    { label: text.chats.direct, icon: 'person', run: () => openDialog({ kind: 'direct' }) },
    { label: text.chats.group, icon: 'group', run: () => openDialog({ kind: 'group' }) },
    { label: text.chats.channel, icon: 'channel', run: () => openDialog({ kind: 'channel' }) },
    {
      label: text.chats.openSaved,
      icon: 'bookmark',
      run: () => {
        client.saved().then(chat => openChat(chat.id), notify)
      },
    },
    { label: text.chats.join, icon: 'link', run: () => openDialog({ kind: 'join', token: '' }) },
  ]
  const account: MenuItem[] = [{ label: text.chats.signOut, icon: 'leave', run: onSignOut }]
  return (
    <header className="list-head">
      <Menu label={text.chats.account} items={account} testId="account-menu">
        <Icon name="menu" />
      </Menu>
      <h1 className="list-name" title={text.chats.signedInAs(name)} data-testid="me">
        {name}
      </h1>
      <Menu label={text.chats.create} items={create} testId="new-chat">
        <Icon name="plus" />
      </Menu>
    </header>
  )
}
