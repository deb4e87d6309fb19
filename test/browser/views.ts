// Chats as the SDK shows them, for tests of what the page makes of them.

import type { ChatView } from '#client/types.ts'

/** A quiet group, "Chat 7", in which everything is read. @param parts that differ; `me` alone of its chat */
export function groupView(
  id: number,
  { me = {}, ...parts }: Partial<ChatView> & { me?: object } = {},
): ChatView {
  return {
    chat: {
      id,
      kind: 'group',
      rev: 1,
      seq: 1,
      rights: 0,
      members: 2,
      at: 1,
      me: { role: 'member', rights: 0, read: 1, ...me },
    },
    title: `Chat ${id}`,
    unread: 0,
    mentions: 0,
    archived: false,
    typing: [],
    ...parts,
  }
}
