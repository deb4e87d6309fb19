// Reading the log of administrative acts, and forgetting what is old. ChatChange.record() writes it.

import type { ActName, StoredAct } from '#shared/protocol/acts.ts'
import { AppError } from '#shared/protocol/codes.ts'
import type { ChatId, UserId } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import type { User } from '#shared/protocol/models.ts'
import { runsChat } from '#shared/protocol/permissions.ts'
import { deleteOldActs, readActs } from '#shared/store/audit-log.ts'
import { readChatFor } from '#shared/store/chats.ts'
import type { Db } from '#shared/store/db.ts'
import { deleteOldDeclined } from '#shared/store/join-requests.ts'
import { readProfiles } from '#shared/store/profiles.ts'
import type { Services } from './services.ts'

export interface LogQuestion {
  chat: ChatId
  before?: number | undefined
  actor?: UserId | undefined
  actions?: readonly ActName[] | undefined
}

/** A page of a chat's log, newest first, for those who run it. @throws AppError not_found, forbidden */
export async function readAdminLog(
  { db, clock }: Pick<Services, 'db' | 'clock'>,
  user: UserId,
  { chat, before = Number.MAX_SAFE_INTEGER, actor, actions }: LogQuestion,
  limit: number,
): Promise<{ acts: StoredAct[]; users: User[]; more?: true }> {
  const found = await readChatFor(db, chat, user)
  if (!found) throw new AppError('not_found')
  if (!runsChat(found.me.role)) throw new AppError('forbidden')
  const sinceMs = clock.now() - limits.actsKeptMs
  const asked = { before, actor: actor ?? null, actions: actions ?? null, sinceMs }
  const rows = await readActs(db, chat, asked, limit + 1)
  const acts = rows.slice(0, limit)
  const people = acts.flatMap(({ by, user: one, users = [] }) => [
    by,
    ...users,
    ...(one ? [one] : []),
  ])
  const page = { acts, users: await readProfiles(db, people) }
  return rows.length > limit ? { ...page, more: true } : page
}

const deletedTogether = 1_000

/** Forgets old acts, and requests to join that were declined long enough ago. @returns how many rows went */
export async function forgetOld({
  db,
  clock,
}: { db: Db } & Pick<Services, 'clock'>): Promise<number> {
  const nowMs = clock.now()
  let gone = 0
  for (const forget of [
    () => deleteOldActs(db, nowMs - limits.actsKeptMs, deletedTogether),
    () => deleteOldDeclined(db, nowMs - limits.joinAgainMs, deletedTogether),
  ]) {
    let count = deletedTogether
    while (count === deletedTogether) {
      count = await forget()
      gone += count
    }
  }
  return gone
}
