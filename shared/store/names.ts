// Public names: whose they are. Triggers on users and chats keep the table (migration 0008), so that a name is taken
// and freed with the row that has it.

import type { ChatId, UserId } from '#shared/protocol/ids.ts'
import type { Queryable } from './db.ts'

/** Whose name it is. */
export type Named = { user: UserId } | { chat: ChatId }

/** Who has this name, in any case of its letters. Index: names_pkey. */
export async function findName(db: Queryable, name: string): Promise<Named | undefined> {
  const rows = await db.query<{ user_id: number | null; chat_id: number | null }>({
    name: 'name-find',
    text: 'select user_id, chat_id from names where name = $1::citext',
    values: [name],
  })
  const row = rows[0]
  if (!row) return undefined
  if (row.user_id !== null) return { user: row.user_id }
  return row.chat_id === null ? undefined : { chat: row.chat_id }
}
