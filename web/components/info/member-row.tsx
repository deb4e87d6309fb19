// One member: picture, name, presence, role, how long a restriction lasts, and the menu of what may be done with them.

import type { Chat } from '#client/types.ts'
import type { MemberEntry } from '../../hooks/use-members.ts'
import { usePresence } from '../../hooks/use-presence.ts'
import { text } from '../../locales/index.ts'
import { useClient, useMyId, useSnapshot } from '../../state/client-context.ts'
import { pushInfo } from '../../state/info-view.ts'
import { nameOfUser } from '../../state/naming.ts'
import { moment } from '../../state/when.ts'
import { Avatar } from '../parts/avatar.tsx'
import { Icon } from '../parts/icon.tsx'
import { Menu } from '../parts/menu.tsx'
import { HandleLine } from '../people/presence-words.tsx'
import { memberMenu } from './member-menu.ts'

interface Props {
  chat: Chat
  entry: MemberEntry
  onChanged(): void
}

export function MemberRow({ chat, entry: { member, user }, onChanged }: Props) {
  const me = useMyId()
  const client = useClient()
  const contacts = useSnapshot(snapshot => snapshot.contacts)
  const name = nameOfUser({ contacts }, { id: member.user, name: user?.name ?? '' })
  const presence = usePresence(member.user)
  const items = memberMenu({ client, chat, member, name, me, onChanged })
  return (
    <div className="person" data-testid="member" data-user={member.user} data-role={member.role}>
      <button
        type="button"
        className="person person-button"
        onClick={() => pushInfo({ page: 'person', user: member.user })}
      >
        <Avatar id={member.user} name={name} online={presence?.online} small />
        <span className="person-name">
          {name}
          {member.user === me && <span className="muted"> ({text.chats.you})</span>}
          <span className="muted person-handle">
            {member.until !== undefined ? (
              text.members.until(moment(member.until))
            ) : (
              <HandleLine username={user?.username} presence={presence} />
            )}
          </span>
        </span>
        {member.role !== 'member' && <span className="role-tag">{text.roles[member.role]}</span>}
      </button>
      {items.length > 0 && (
        <Menu label={text.info.memberMenu(name)} items={items} testId="member-menu">
          <Icon name="more" />
        </Menu>
      )}
    </div>
  )
}
