// The first page of the panel: who or what the chat is, and where everything else about it is found.

import type { ChatView } from '#client/types.ts'
import { useSection } from '../../hooks/use-section.ts'
import { text } from '../../locales/index.ts'
import { useClient } from '../../state/client-context.ts'
import { nameLink } from '../../state/links.ts'
import { may } from '../../state/message-rights.ts'
import { titleOf } from '../../state/naming.ts'
import { Avatar } from '../parts/avatar.tsx'
import { CopyLine } from '../parts/copy-line.tsx'
import { GroupCount } from '../people/group-count.tsx'
import { PresenceOf } from '../people/presence-words.tsx'
import { AutoDelete } from './auto-delete.tsx'
import { InfoRows } from './info-rows.tsx'
import { LeaveChat } from './leave-chat.tsx'
import { PersonActs } from './person-acts.tsx'

export function MainPage({ view }: { view: ChatView }) {
  const { chat, peer } = view
  const client = useClient()
  const contacts = useSection(client.people.contacts)
  const about = chat.kind === 'direct' ? peer?.about : chat.about
  const username = chat.kind === 'direct' ? peer?.username : chat.username
  const ownName = peer && contacts?.get(peer.id)
  return (
    <>
      <section className="info-card profile">
        <Avatar
          id={peer?.id ?? chat.id}
          name={titleOf(view)}
          saved={chat.kind === 'saved'}
          online={view.peerOnline}
        />
        <h3>{titleOf(view)}</h3>
        <p className="muted" data-testid="info-status">
          <Line view={view} />
        </p>
        {peer && ownName && ownName !== peer.name && <p className="muted">{peer.name}</p>}
        {about && <p className="about">{about}</p>}
        {username && <CopyLine label={`@${username}`} value={nameLink(username)} />}
      </section>
      <InfoRows view={view} />
      {chat.kind === 'direct' && may(chat, 'post') && (
        <section className="info-card form">
          <AutoDelete chat={chat} />
        </section>
      )}
      {peer && !peer.deleted && <PersonActs user={peer} chat={chat.id} />}
      <LeaveChat view={view} />
    </>
  )
}

function Line({ view: { chat, peer } }: { view: ChatView }) {
  switch (chat.kind) {
    case 'group':
      return <GroupCount chat={chat} />
    case 'channel':
      return text.conversation.subscribers(chat.members)
    case 'saved':
      return text.conversation.onlyYou
    case 'direct':
      if (peer?.deleted) return text.chats.unnamed
      return peer ? <PresenceOf user={peer.id} otherwise={text.conversation.offline} /> : null
    default:
      return chat.kind satisfies never
  }
}
