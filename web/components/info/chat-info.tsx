// The panel beside a conversation: about, members, invite links, leaving.

import { type ReactNode, useState } from 'react'
import type { ChatView } from '#client/types.ts'
import { can } from '#shared/protocol/permissions.ts'
import { text } from '../../locales/index.ts'
import { titleOf } from '../../state/naming.ts'
import { toggleInfo } from '../../state/view.ts'
import { Avatar } from '../parts/avatar.tsx'
import { Icon } from '../parts/icon.tsx'
import { EditChat } from './edit-chat.tsx'
import { InvitePanel } from './invite-panel.tsx'
import { LeaveButton } from './leave-button.tsx'
import { MemberList } from './member-list.tsx'

export function ChatInfo({ view }: { view: ChatView }) {
  const { chat, peer } = view
  const [editing, setEditing] = useState(false)
  const shared = chat.kind === 'group' || chat.kind === 'channel'
  const may = (action: 'changeInfo' | 'invite') =>
    can(chat.me, action, { defaultRights: chat.rights })
  const seesMembers = chat.kind === 'group' || chat.me.role === 'owner' || chat.me.role === 'admin'
  const about = chat.kind === 'direct' ? peer?.about : chat.about
  return (
    <aside className="info" aria-label={text.info.title[chat.kind]} data-testid="info">
      <header className="info-head">
        <button type="button" className="icon-button" aria-label={text.close} onClick={toggleInfo}>
          <Icon name="close" />
        </button>
        <h2>{text.info.title[chat.kind]}</h2>
      </header>
      <div className="info-scroll">
        {editing ? (
          <EditChat chat={chat} onDone={() => setEditing(false)} />
        ) : (
          <section className="info-card">
            <Avatar
              id={peer?.id ?? chat.id}
              name={titleOf(view)}
              saved={chat.kind === 'saved'}
              online={view.peerOnline}
            />
            <h3>{titleOf(view)}</h3>
            {about && <p className="about">{about}</p>}
            {peer?.username && <Fact name={text.info.username}>@{peer.username}</Fact>}
            {shared && may('changeInfo') && (
              <button type="button" className="text-button" onClick={() => setEditing(true)}>
                {text.info.edit}
              </button>
            )}
          </section>
        )}
        {shared && may('invite') && <InvitePanel chat={chat} />}
        {shared && seesMembers && <MemberList chat={chat} />}
        {shared && <LeaveButton chat={chat.id} />}
      </div>
    </aside>
  )
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <p className="fact">
      <span className="muted">{name}</span> {children}
    </p>
  )
}
