// Contacts: people whom a user knows, with what the user calls them. The others learn nothing of it.

import type { UserId } from '#shared/protocol/ids.ts'
import type { Queryable } from './db.ts'

export interface Contact {
  user: UserId
  /** Own name for them; null: theirs. */
  name: string | null
}

/** A page by user id. Index: primary key (user_id, contact_id). */
export function readContacts(
  db: Queryable,
  user: UserId,
  after: UserId,
  limit: number,
): Promise<Contact[]> {
  return db.query<Contact>({
    name: 'contacts-page',
    text: `select contact_id as "user", name from contacts
           where user_id = $1 and contact_id > $2 order by contact_id limit $3`,
    values: [user, after, limit],
  })
}

/** One contact; undefined if there is none. */
export async function readContact(
  db: Queryable,
  user: UserId,
  contact: UserId,
): Promise<Contact | undefined> {
  const rows = await db.query<Contact>({
    name: 'contact',
    text: 'select contact_id as "user", name from contacts where user_id = $1 and contact_id = $2',
    values: [user, contact],
  })
  return rows[0]
}

/** How many a user has; counted under the user's lock. */
export async function countContacts(tx: Queryable, user: UserId): Promise<number> {
  const rows = await tx.query<{ n: number }>({
    name: 'contacts-count',
    text: 'select count(*)::int as n from contacts where user_id = $1',
    values: [user],
  })
  return rows[0]?.n ?? 0
}

/** Adds a contact or gives it another name. */
export async function upsertContact(tx: Queryable, user: UserId, contact: Contact): Promise<void> {
  await tx.query({
    name: 'contact-upsert',
    text: `insert into contacts (user_id, contact_id, name) values ($1, $2, $3)
           on conflict (user_id, contact_id) do update set name = excluded.name`,
    values: [user, contact.user, contact.name],
  })
}

export async function deleteContact(tx: Queryable, user: UserId, contact: UserId): Promise<void> {
  await tx.query({
    name: 'contact-delete',
    text: 'delete from contacts where user_id = $1 and contact_id = $2',
    values: [user, contact],
  })
}
