// What the person looking may do with a member; what the server would refuse is left out.

import type { PetrelClient } from '#client/index.ts'
import type { Chat, Member } from '#client/types.ts'
import type { UserId } from '#shared/protocol/ids.ts'
import { can, outranks, type RightName } from '#shared/protocol/permissions.ts'
import { text } from '../../locales/index.ts'
import { pushInfo } from '../../state/info-view.ts'
import { notify } from '../../state/notices.ts'
import { ask } from '../../state/questions.ts'
import type { MenuItem } from '../parts/menu.tsx'

interface Input {
  client: PetrelClient
  chat: Chat
  member: Member
  /** How they are called here. */
  name: string
  me: UserId
  onChanged(): void
}

export function memberMenu(input: Input): MenuItem[] {
  const { chat, member, me } = input
  const may = (right: RightName) => can(chat.me, right, { defaultRights: chat.rights })
  if (member.user === me || !outranks(chat.me.role, member.role)) return []
  return [
    ...(may('promote') ? promotion(input) : []),
    ...(may('ban') ? discipline(input) : []),
    ...(chat.me.role === 'owner' && member.role !== 'banned' ? [passOn(member.user)] : []),
  ]
}

function promotion({ client, chat, member, name, onChanged }: Input): MenuItem[] {
  const { user, role } = member
  const rights: MenuItem = {
    label: role === 'admin' ? text.members.adminRights : text.members.makeAdmin,
    icon: 'shield',
    run: () => pushInfo({ page: 'admin', user }),
  }
  const drop: MenuItem = {
    label: text.members.dropAdmin,
    icon: 'person',
    run: () =>
      ask({
        title: text.members.dropAdmin,
        sentence: text.members.dropAdminSure(name),
        button: text.members.dropAdmin,
        run: async () => {
          await client.members.setRole(chat.id, user, 'member')
          onChanged()
        },
      }),
  }
  if (role === 'banned') return []
  return role === 'admin' ? [rights, drop] : [rights]
}

function discipline({ client, chat, member, name, onChanged }: Input): MenuItem[] {
  const { user, role } = member
  const lift: MenuItem = {
    label: role === 'banned' ? text.members.unban : text.members.lift,
    icon: 'check',
    run: () =>
      void client.members.restrict(chat.id, user, { role: 'member' }).then(onChanged, notify),
  }
  const restrict: MenuItem = {
    label: role === 'restricted' ? text.members.changeRestriction : text.members.restrict,
    icon: 'sliders',
    run: () => pushInfo({ page: 'restrict', user, ban: false }),
  }
  const ban: MenuItem = {
    label: text.members.ban,
    icon: 'block',
    danger: true,
    run: () => pushInfo({ page: 'restrict', user, ban: true }),
  }
  const remove: MenuItem = {
    label: text.members.remove,
    icon: 'leave',
    danger: true,
    run: () =>
      ask({
        title: text.members.remove,
        sentence: text.members.removeSure(name),
        button: text.members.removeButton,
        run: async () => {
          await client.members.remove(chat.id, user)
          onChanged()
        },
      }),
  }
  if (role === 'banned') return [lift]
  return [
    ...(role === 'restricted' ? [lift] : []),
    ...(chat.kind === 'group' ? [restrict] : []),
    remove,
    ban,
  ]
}

function passOn(user: UserId): MenuItem {
  return {
    label: text.members.passOn,
    icon: 'crown',
    run: () => pushInfo({ page: 'owner', user }),
  }
}
