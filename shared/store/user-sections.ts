// Parts of a user's state that clients load whole: which of them changed since a urev.

import type { Urev, UserId } from '#shared/protocol/ids.ts'
import type { Queryable } from './db.ts'

/** What there is; `rows` stands for messages that one hid, reacted to or voted in. */
export type Section = 'contacts' | 'blocks' | 'privacy' | 'folders' | 'scheduled' | 'rows'

/** Notes that a part changed at this urev of the user, whose row the caller holds. */
export async function touchSection(
  tx: Queryable,
  user: UserId,
  section: Section,
  urev: Urev,
): Promise<void> {
  await tx.query({
    name: 'section-touch',
    text: `insert into user_sections (user_id, section, urev) values ($1, $2, $3)
           on conflict (user_id, section) do update set urev = excluded.urev`,
    values: [user, section, urev],
  })
}

/** The same part of many users at once, each at the urev that nextUrevs() gave. */
export async function touchSections(
  tx: Queryable,
  urevs: ReadonlyMap<UserId, Urev>,
  section: Section,
): Promise<void> {
  await tx.query({
    name: 'sections-touch',
    text: `insert into user_sections (user_id, section, urev)
           select u.user_id, $3, u.urev from unnest($1::bigint[], $2::bigint[]) as u (user_id, urev)
           on conflict (user_id, section) do update set urev = excluded.urev`,
    values: [[...urevs.keys()], [...urevs.values()], section],
  })
}

/** The parts that changed after `since`. Index: primary key (user_id, section). */
export async function readChangedSections(
  db: Queryable,
  user: UserId,
  since: Urev,
): Promise<string[]> {
  const rows = await db.query<{ section: string }>({
    name: 'sections-changed',
    text: 'select section from user_sections where user_id = $1 and urev > $2 order by section',
    values: [user, since],
  })
  return rows.map(row => row.section)
}
