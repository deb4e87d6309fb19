// Accounts: what their owner may see and change. What others see of them is in profiles.ts.
// Callers have checked each username against the protocol's pattern, so it is ASCII and storable.

import type { Me } from '#shared/protocol/http.ts'
import type { ChatId, UserId } from '#shared/protocol/ids.ts'
import type { User } from '#shared/protocol/models.ts'
import type { Queryable } from './db.ts'
import { activeRolesSql } from './members.ts'
import { profileColumns, seenColumns, toUser } from './profiles.ts'

type MeRow = Parameters<typeof toUser>[0] & { premium_until: number | null; created_at: number }

/** Columns that toMe needs, of an alias `u`. */
export const meColumns = `${profileColumns}, u.premium_until, u.created_at`

export function toMe(row: MeRow): Me {
  return { ...toUser(row), premiumUntil: row.premium_until, createdAt: row.created_at }
}

/** Inserts an account. @throws PgError, a unique violation when the username is taken */
export async function insertUser(
  db: Queryable,
  user: { username: string; name: string; passwordHash: string | null },
): Promise<Me> {
  const rows = await db.query<MeRow>({
    text: `insert into users as u (username, name, password_hash) values ($1, $2, $3) returning ${meColumns}`,
    values: [user.username, user.name, user.passwordHash],
  })
  return toMe(rows[0] as MeRow)
}

/** An account and its password hash, null when nobody can sign in with a password. */
export interface Account {
  me: Me
  passwordHash: string | null
  /** The operators closed it. */
  banned: boolean
}

type AccountRow = MeRow & { password_hash: string | null; banned: boolean }

function toAccount(row: AccountRow): Account {
  return { me: toMe(row), passwordHash: row.password_hash, banned: row.banned }
}

/** The account with this username, in any case. Index: users_username_key. */
export async function findAccount(db: Queryable, username: string): Promise<Account | undefined> {
  const rows = await db.query<AccountRow>({
    name: 'account-by-username',
    text: `select ${meColumns}, u.password_hash, u.banned_at is not null as banned from users u where u.username = $1::citext`,
    values: [username],
  })
  const row = rows[0]
  return row && toAccount(row)
}

/** The account with this id unless it is deleted. */
export async function readAccount(db: Queryable, user: UserId): Promise<Account | undefined> {
  const rows = await db.query<AccountRow>({
    name: 'account',
    text: `select ${meColumns}, u.password_hash, u.banned_at is not null as banned from users u where u.id = $1 and u.deleted_at is null`,
    values: [user],
  })
  const row = rows[0]
  return row && toAccount(row)
}

/** What `viewer` may see of the account with exactly this username, in any case. Index: users_username_key. */
export async function findProfile(
  db: Queryable,
  viewer: UserId,
  username: string,
): Promise<User | undefined> {
  const rows = await db.query<Parameters<typeof toUser>[0]>({
    name: 'profile-by-username',
    text: `select ${seenColumns} from users u join users v on v.id = $1 where u.username = $2::citext`,
    values: [viewer, username],
  })
  return rows[0] && toUser(rows[0])
}

/**
 * Changes the given fields of a profile; undefined when the account is gone.
 * @throws PgError, a unique violation when the username is taken
 */
export async function updateProfile(
  db: Queryable,
  user: UserId,
  change: { name?: string | undefined; username?: string | undefined; about?: string | undefined },
): Promise<Me | undefined> {
  const rows = await db.query<MeRow>({
    text: `update users u set name = coalesce($2, name), username = coalesce($3, username), about = coalesce($4, about)
           where id = $1 and deleted_at is null returning ${meColumns}`,
    values: [user, change.name ?? null, change.username ?? null, change.about ?? null],
  })
  return rows[0] && toMe(rows[0])
}

/**
 * Replaces the password hash if it still is `previous`, so that of two changes at once only one wins.
 * @returns whether it did
 */
export async function updatePasswordHash(
  db: Queryable,
  user: UserId,
  change: { previous: string; next: string },
): Promise<boolean> {
  const rows = await db.query({
    text: `update users set password_hash = $3 where id = $1 and password_hash = $2 and deleted_at is null returning id`,
    values: [user, change.previous, change.next],
  })
  return rows.length > 0
}

export const deletedName = 'Deleted account'

/** Turns an account into a nameless shell that keeps its id, for the messages it wrote. False if it is gone. */
export async function eraseUser(db: Queryable, user: UserId): Promise<boolean> {
  const rows = await db.query({
    text: `update users set username = null, name = $2, about = '', avatar_id = null, password_hash = null, privacy = '{}',
             last_seen_at = null, deleted_at = clock_timestamp()
           where id = $1 and deleted_at is null returning id`,
    values: [user, deletedName],
  })
  if (rows.length === 0) return false
  await db.query({ text: 'delete from contacts where user_id = $1', values: [user] })
  return true
}

/**
 * Locks an account against a change of its password, and against being closed, until the transaction ends.
 * @returns whether the hash still is the one that was checked, and the account open
 */
export async function holdPasswordHash(
  tx: Queryable,
  user: UserId,
  hash: string | null,
): Promise<boolean> {
  const rows = await tx.query({
    name: 'account-hold',
    text: `select 1 from users
           where id = $1 and password_hash is not distinct from $2 and deleted_at is null and banned_at is null for share`,
    values: [user, hash],
  })
  return rows.length > 0
}

/** Whether every account is one of these usernames and has no password: nobody real has come yet. */
export async function hasOnlyUsers(db: Queryable, usernames: readonly string[]): Promise<boolean> {
  const rows = await db.query<{ only: boolean }>({
    text: `select not exists (
             select from users where password_hash is not null or username is null or username <> all ($1::citext[])) as only`,
    values: [usernames],
  })
  return rows[0]?.only ?? false
}

/** The groups and channels that the user is in. Index: members_user. */
export async function readRoomsOf(db: Queryable, user: UserId): Promise<ChatId[]> {
  const rows = await db.query<{ chat: number }>({
    text: `select m.chat_id as chat from members m join chats c on c.id = m.chat_id
           where m.user_id = $1 and m.role in ${activeRolesSql} and c.kind in ('group', 'channel') and c.deleted_at is null
           order by m.chat_id`,
    values: [user],
  })
  return rows.map(row => row.chat)
}
