// How many are in a group, and how many of them are online where that is known.

import type { Chat } from '#client/types.ts'
import { useOnlineMembers } from '../../hooks/use-online-members.ts'
import { text } from '../../locales/index.ts'

export function GroupCount({ chat }: { chat: Chat }) {
  const online = useOnlineMembers(chat)
  const members = text.conversation.members(chat.members)
  // That oneself is online is no news.
  return online === null || online < 2 ? members : text.conversation.membersOnline(members, online)
}
