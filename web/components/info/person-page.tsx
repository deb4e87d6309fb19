// A member's profile, reached from the list of members: who they are and what one may do with them.

import { useEffect } from 'react'
import type { ChatView } from '#client/types.ts'
import type { UserId } from '#shared/protocol/ids.ts'
import { useAction } from '../../hooks/use-action.ts'
import { useSection } from '../../hooks/use-section.ts'
import { text } from '../../locales/index.ts'
import { useClient, useMyId, useUsers } from '../../state/client-context.ts'
import { nameLink } from '../../state/links.ts'
import { openChat } from '../../state/navigation.ts'
import { Avatar } from '../parts/avatar.tsx'
import { CopyLine } from '../parts/copy-line.tsx'
import { ErrorLine } from '../parts/error-line.tsx'
import { PresenceOf } from '../people/presence-words.tsx'
import { PersonActs } from './person-acts.tsx'

export function PersonPage({ view, user: id }: { view: ChatView; user: UserId }) {
  const client = useClient()
  const me = useMyId()
  const user = useUsers().get(id)
  const contacts = useSection(client.people.contacts)
  const { run, busy, error } = useAction()
  useEffect(() => client.people.look(id), [client, id])
  if (!user) return null
  const name = contacts?.get(id) || user.name || text.chats.unnamed
  const write = () => run(async () => openChat((await client.createDirect(id)).id))
  return (
    <>
      <section className="info-card profile">
        <Avatar id={id} name={name} />
        <h3>{name}</h3>
        {name !== user.name && <p className="muted">{user.name}</p>}
        <p className="muted" data-testid="presence">
          {id === me ? text.people.you : <PresenceOf user={id} />}
        </p>
        {user.about && <p className="about">{user.about}</p>}
        {user.username && <CopyLine label={`@${user.username}`} value={nameLink(user.username)} />}
        {id !== me && !user.deleted && (
          <button
            type="button"
            className="primary"
            data-testid="write"
            disabled={busy}
            onClick={write}
          >
            {text.people.message}
          </button>
        )}
        <ErrorLine error={error} />
      </section>
      {id !== me && !user.deleted && <PersonActs user={user} chat={view.chat.id} />}
    </>
  )
}
