// One member, and what the person looking may do with them.

import type { Chat } from '#client/types.ts'
import { can, outranks } from '#shared/protocol/permissions.ts'
import type { MemberEntry } from '../../hooks/use-members.ts'
import { text } from '../../locales/index.ts'
import { useClient, useMyId } from '../../state/client-context.ts'
import { notify } from '../../state/notices.ts'
import { Avatar } from '../parts/avatar.tsx'
import { Icon } from '../parts/icon.tsx'
import { Menu } from '../parts/menu.tsx'

interface Props {
  chat: Chat
  entry: MemberEntry
  onChanged(): void
}

export function MemberRow({ chat, entry: { member, user }, onChanged }: Props) {
  const me = useMyId()
  const items = useMemberActions(chat, member.user, member.role, onChanged)
  const name = user?.name || text.chats.unnamed
  return (
    <li className="person" data-testid="member" data-user={member.user} data-role={member.role}>
      <Avatar id={member.user} name={name} small />
      <span className="person-name">
        {name}
        {member.user === me && <span className="muted"> ({text.chats.you})</span>}
        {user?.username && <span className="muted person-handle">@{user.username}</span>}
      </span>
      {member.role !== 'member' && <span className="role-tag">{text.roles[member.role]}</span>}
      {items.length > 0 && (
        <Menu label={text.info.memberMenu(name)} items={items} testId="member-menu">
          <Icon name="more" />
        </Menu>
      )}
    </li>
  )
}

function useMemberActions(
  chat: Chat,
  user: number,
  role: MemberEntry['member']['role'],
  onChanged: () => void,
) {
  const client = useClient()
  const act = (work: Promise<unknown>) => void work.then(onChanged, notify)
  const may = (action: 'promote' | 'ban') => can(chat.me, action, { defaultRights: chat.rights })
  const above = outranks(chat.me.role, role)
  const makeAdmin = {
    label: text.info.makeAdmin,
    icon: 'person' as const,
    run: () => act(client.members.setRole(chat.id, user, 'admin')),
  }
  const dropAdmin = {
    label: text.info.dropAdmin,
    icon: 'person' as const,
    run: () => act(client.members.setRole(chat.id, user, 'member')),
  }
  const remove = {
    label: text.info.remove,
    icon: 'leave' as const,
    danger: true,
    run: () => act(client.members.remove(chat.id, user)),
  }
  return [
    ...(above && may('promote') ? [role === 'admin' ? dropAdmin : makeAdmin] : []),
    ...(above && may('ban') ? [remove] : []),
  ]
}
