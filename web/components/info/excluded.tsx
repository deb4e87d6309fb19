// Who is restricted in the chat, and who is banned from it.

import type { Chat } from '#client/types.ts'
import { type MemberFilter, useMembers } from '../../hooks/use-members.ts'
import { text } from '../../locales/index.ts'
import { Entries } from './member-list.tsx'

const restricted: MemberFilter = { roles: ['restricted'] }
const banned: MemberFilter = { roles: ['banned'] }

export function Excluded({ chat }: { chat: Chat }) {
  return (
    <>
      {chat.kind === 'group' && <Some chat={chat} filter={restricted} part="restricted" />}
      <Some chat={chat} filter={banned} part="banned" />
    </>
  )
}

interface Props {
  chat: Chat
  filter: MemberFilter
  part: 'restricted' | 'banned'
}

function Some({ chat, filter, part }: Props) {
  const members = useMembers(chat, filter)
  return (
    <section className="info-card" aria-label={text.members.lists[part]} data-testid={part}>
      <h3>{text.members.lists[part]}</h3>
      <Entries chat={chat} members={members} empty={text.members.lists.none[part]} />
    </section>
  )
}
