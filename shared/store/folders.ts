// A user's folders: one row each, replaced all at once under the user's lock.

import type { ChatId, UserId } from '#shared/protocol/ids.ts'
import type { Folder, FolderRule } from '#shared/protocol/models.ts'
import type { Queryable } from './db.ts'

interface FolderRow {
  id: number
  title: string
  rule: FolderRule | null
  include: ChatId[]
  exclude: ChatId[]
}

/** In their order. Index: primary key (user_id, position). */
export async function readFolders(db: Queryable, user: UserId): Promise<Folder[]> {
  const rows = await db.query<FolderRow>({
    name: 'folders',
    text: 'select id, title, rule, include, exclude from folders where user_id = $1 order by position',
    values: [user],
  })
  return rows.map(toFolder)
}

function toFolder({ id, title, rule, include, exclude }: FolderRow): Folder {
  const folder: Folder = { id, title }
  if (rule) folder.rule = rule
  if (include.length > 0) folder.include = include
  if (exclude.length > 0) folder.exclude = exclude
  return folder
}

/** Puts these in place of all that were. */
export async function replaceFolders(
  tx: Queryable,
  user: UserId,
  folders: readonly Folder[],
): Promise<void> {
  await tx.query({
    name: 'folders-drop',
    text: 'delete from folders where user_id = $1',
    values: [user],
  })
  if (folders.length === 0) return
  await tx.query({
    name: 'folders-insert',
    text: `insert into folders (user_id, position, id, title, rule, include, exclude)
           select $1, f.position - 1, f.id, f.title, f.rule::jsonb, f.include::bigint[], f.exclude::bigint[]
           from unnest($2::int[], $3::text[], $4::text[], $5::text[], $6::text[])
             with ordinality as f (id, title, rule, include, exclude, position)`,
    values: [
      user,
      folders.map(folder => folder.id),
      folders.map(folder => folder.title),
      folders.map(folder => (folder.rule ? JSON.stringify(folder.rule) : null)),
      // Lists of different lengths do not make an array of arrays.
      folders.map(folder => `{${(folder.include ?? []).join()}}`),
      folders.map(folder => `{${(folder.exclude ?? []).join()}}`),
    ],
  })
}
