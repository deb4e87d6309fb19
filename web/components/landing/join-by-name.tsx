// What a public name leads to: a person to write to, a group or channel to join, with the last posts of a channel.

import { useEffect, useState } from 'react'
import type { OpOut } from '#shared/protocol/ops.ts'
import { useAction } from '../../hooks/use-action.ts'
import { text } from '../../locales/index.ts'
import { useClient, useMyId, useSnapshot } from '../../state/client-context.ts'
import { nameOfUser } from '../../state/naming.ts'
import { closeDialog, openChat } from '../../state/navigation.ts'
import { DialogForm } from '../dialogs/dialog-form.tsx'
import { Avatar } from '../parts/avatar.tsx'
import { ErrorLine } from '../parts/error-line.tsx'
import { Modal } from '../parts/modal.tsx'
import { Skeleton } from '../parts/skeleton.tsx'
import { PostPreview } from './post-preview.tsx'
import { RoomCard } from './room-card.tsx'

type Found = OpOut<'resolve'>

export function JoinByName({ name }: { name: string }) {
  const client = useClient()
  const online = useSnapshot(({ connection }) => connection.state === 'online')
  const [found, setFound] = useState<Found | null>(null)
  const { run, error } = useAction()
  useEffect(() => {
    if (online) run(async () => setFound(await client.rooms.resolve(name)))
  }, [client, name, online, run])
  if (found?.user) return <PersonFound user={found.user} />
  if (found?.chat) return <RoomFound chat={found.chat} posts={found.messages ?? []} />
  return (
    <Modal title={`@${name}`} onClose={closeDialog}>
      <ErrorLine error={error} />
      {error === null && <Skeleton rows={1} />}
    </Modal>
  )
}

function PersonFound({ user }: { user: NonNullable<Found['user']> }) {
  const client = useClient()
  const me = useMyId()
  const name = useSnapshot(names => nameOfUser(names, user))
  const write = async () => {
    const chat = user.id === me ? await client.saved() : await client.createDirect(user.id)
    openChat(chat.id)
  }
  return (
    <DialogForm title={name} button={text.people.message} submit={write}>
      <div className="room-card">
        <Avatar id={user.id} name={name} />
        <div>
          <p className="room-title">{name}</p>
          <p className="muted">@{user.username}</p>
          {user.about && <p className="about">{user.about}</p>}
        </div>
      </div>
    </DialogForm>
  )
}

interface RoomProps {
  chat: NonNullable<Found['chat']>
  posts: NonNullable<Found['messages']>
}

function RoomFound({ chat, posts }: RoomProps) {
  const client = useClient()
  const words = text.dialogs
  const enter = async () => {
    const id = chat.joined ? chat.id : (await client.rooms.joinPublic(chat.username)).id
    openChat(id)
  }
  return (
    <DialogForm
      title={chat.joined ? chat.title : words.joinTitle(chat.title)}
      button={chat.joined ? words.openIt : words.join}
      submit={enter}
    >
      <RoomCard {...chat} />
      <p className="muted">@{chat.username}</p>
      {posts.length > 0 && <PostPreview posts={posts} />}
    </DialogForm>
  )
}
