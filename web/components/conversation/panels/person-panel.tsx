// Who somebody is, from a name in a message, and the way to write to them.

import { useEffect } from 'react'
import type { UserId } from '#shared/protocol/ids.ts'
import { useAction } from '../../../hooks/use-action.ts'
import { text } from '../../../locales/index.ts'
import { useClient, useMyId, useSnapshot } from '../../../state/client-context.ts'
import { closePanel } from '../../../state/conversation-panel.ts'
import { nameOf } from '../../../state/naming.ts'
import { openChat } from '../../../state/navigation.ts'
import { Avatar } from '../../parts/avatar.tsx'
import { ErrorLine } from '../../parts/error-line.tsx'
import { Modal } from '../../parts/modal.tsx'
import { PresenceOf } from '../../people/presence-words.tsx'

export function PersonPanel({ user }: { user: UserId }) {
  const client = useClient()
  const me = useMyId()
  const action = useAction()
  const profile = useSnapshot(({ users }) => users.get(user))
  useEffect(() => client.people.look(user), [client, user])
  const name = useSnapshot(names => nameOf(names, user))
  const write = () =>
    action.run(async () => {
      const { id } = await client.createDirect(user)
      closePanel()
      openChat(id)
    })
  return (
    <Modal title={text.info.title.direct} onClose={closePanel}>
      <div className="person-panel" data-testid="person">
        <Avatar id={user} name={name} />
        <h3>{name}</h3>
        {profile && profile.name !== '' && profile.name !== name && (
          <p className="muted">{profile.name}</p>
        )}
        {user !== me && (
          <p className="muted">
            <PresenceOf user={user} />
          </p>
        )}
        {profile?.username && <p className="muted">@{profile.username}</p>}
        {profile?.about && <p className="about">{profile.about}</p>}
        <ErrorLine error={action.error} />
        {user === me ? (
          <p className="muted">{text.panels.me}</p>
        ) : (
          <button
            type="button"
            className="primary"
            disabled={action.busy || profile?.deleted === true}
            onClick={write}
          >
            {text.panels.writeTo}
          </button>
        )}
      </div>
    </Modal>
  )
}
