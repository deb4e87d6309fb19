// Above the list: the account's menu and what can be started; in the archive and the inbox, the way back.

import { text } from '../../locales/index.ts'
import { useClient, useSnapshot } from '../../state/client-context.ts'
import { listView, showPage } from '../../state/list-view.ts'
import { openChat, openDialog } from '../../state/navigation.ts'
import { notify } from '../../state/notices.ts'
import { openSettings } from '../../state/settings-view.ts'
import { useStore } from '../../state/store.ts'
import { Icon } from '../parts/icon.tsx'
import { IconButton } from '../parts/icon-button.tsx'
import { Menu, type MenuItem } from '../parts/menu.tsx'

export function ListHeader({ onSignOut }: { onSignOut(): void }) {
  const page = useStore(listView, state => state.page)
  if (page !== 'chats') return <PageHeader title={text.chats[page]} />
  return <MainHeader onSignOut={onSignOut} />
}

function PageHeader({ title }: { title: string }) {
  return (
    <header className="list-head">
      <IconButton
        icon="back"
        label={text.back}
        data-testid="list-back"
        onClick={() => showPage('chats')}
      />
      <h1 className="list-name">{title}</h1>
    </header>
  )
}

function MainHeader({ onSignOut }: { onSignOut(): void }) {
  const client = useClient()
  const name = useSnapshot(({ me }) => me?.name ?? '')
  const openSaved = () => {
    client.saved().then(chat => openChat(chat.id), notify)
  }
  const create: MenuItem[] = [
    { label: text.chats.direct, icon: 'person', run: () => openDialog({ kind: 'direct' }) },
    { label: text.chats.group, icon: 'group', run: () => openDialog({ kind: 'group' }) },
    { label: text.chats.channel, icon: 'channel', run: () => openDialog({ kind: 'channel' }) },
    { label: text.chats.contacts, icon: 'list', run: () => openDialog({ kind: 'contacts' }) },
    { label: text.chats.openSaved, icon: 'bookmark', run: openSaved },
    { label: text.chats.join, icon: 'link', run: () => openDialog({ kind: 'join', token: '' }) },
  ]
  const account: MenuItem[] = [
    { label: text.chats.settings, icon: 'sliders', run: () => openSettings() },
    { label: text.chats.signOut, icon: 'leave', run: onSignOut },
  ]
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
