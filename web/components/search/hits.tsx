// Chats, people and public names that were found, as rows that lead there.

import type { ChatView, User } from '#client/types.ts'
import { useAction } from '../../hooks/use-action.ts'
import { usePresence } from '../../hooks/use-presence.ts'
import { text } from '../../locales/index.ts'
import { useClient } from '../../state/client-context.ts'
import { titleOf } from '../../state/naming.ts'
import { openChat, openDialog } from '../../state/navigation.ts'
import { Avatar } from '../parts/avatar.tsx'
import { ErrorLine } from '../parts/error-line.tsx'
import { PersonLine } from '../people/person-line.tsx'
import { HandleLine } from '../people/presence-words.tsx'
import type { PublicRoom } from './use-public-name.ts'

export function ChatHit({ view }: { view: ChatView }) {
  const { chat, peer } = view
  return (
    <li>
      <button
        type="button"
        className="hit"
        data-hit="chat"
        data-chat={chat.id}
        onClick={() => openChat(chat.id)}
      >
        <Avatar
          id={peer?.id ?? chat.id}
          name={titleOf(view)}
          saved={chat.kind === 'saved'}
          online={view.peerOnline}
          small
        />
        <span className="person-name">
          {titleOf(view)}
          <span className="muted person-handle">
            {peer ? <PeerHandle peer={peer} /> : roomHandle(view)}
          </span>
        </span>
      </button>
    </li>
  )
}

export function PersonHit({ user }: { user: User }) {
  const client = useClient()
  const { run, error } = useAction()
  return (
    <li>
      <button
        type="button"
        className="hit"
        data-hit="person"
        onClick={() => run(async () => openChat((await client.createDirect(user.id)).id))}
      >
        <PersonLine user={user} seen />
      </button>
      <ErrorLine error={error} />
    </li>
  )
}

export function PublicHit({ room }: { room: PublicRoom }) {
  const open = () =>
    room.joined ? openChat(room.id) : openDialog({ kind: 'name', name: room.username })
  return (
    <li>
      <button type="button" className="hit" data-hit="public" onClick={open}>
        <Avatar id={room.id} name={room.title} small />
        <span className="person-name">
          {room.title}
          <span className="muted person-handle">
            @{room.username},{' '}
            {room.kind === 'channel'
              ? text.conversation.subscribers(room.members)
              : text.conversation.members(room.members)}
          </span>
        </span>
      </button>
    </li>
  )
}

function PeerHandle({ peer: { id, username } }: { peer: User }) {
  return <HandleLine username={username} presence={usePresence(id)} />
}

function roomHandle({ chat }: ChatView): string {
  if (chat.username) return `@${chat.username}`
  if (chat.kind === 'group') return text.conversation.members(chat.members)
  return chat.kind === 'channel' ? text.conversation.subscribers(chat.members) : ''
}
