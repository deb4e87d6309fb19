// Blocking somebody and ending it. What follows for messages is decided once, here, and stored with the direct chat of
// the two; presence, profiles and adding to groups ask for blocks when they are asked (shared/store/privacy.ts).

import { AppError } from '#shared/protocol/codes.ts'
import type { UserId } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import { countBlocks, deleteBlock, insertBlock, readBlocks } from '#shared/store/blocks.ts'
import { findPair } from '#shared/store/chats.ts'
import type { Queryable } from '#shared/store/db.ts'
import { lockPair, readMessageRequest } from '#shared/store/direct-chats.ts'
import { readProfiles } from '#shared/store/profiles.ts'
import { type ChatChange, openChange } from './change-chat.ts'
import { UserChange } from './change-user.ts'
import { declineRequest, settleQuiet } from './direct-chats.ts'
import type { People } from './people-page.ts'
import { peoplePage } from './people-page.ts'
import type { Batch, Services } from './services.ts'

/**
 * Blocks somebody or ends it; the same again changes nothing. When it is answered, no message of either passes any more
 * (or may pass again). A request of theirs that waits is declined.
 * @throws AppError bad_request (oneself), not_found, quota_reached
 */
export async function setBlock(
  deps: Services,
  actor: UserId,
  other: UserId,
  blocked: boolean,
): Promise<void> {
  if (actor === other) throw new AppError('bad_request', { detail: 'Nobody blocks themself.' })
  const batches = await deps.db.tx(async tx => {
    await lockPair(tx, actor, other)
    if ((await readProfiles(tx, [other])).length === 0) throw new AppError('not_found')
    const chat = await findPair(tx, actor, other)
    // Chats are locked before users, as everywhere.
    const change = chat === undefined ? undefined : await openChange(deps, tx, chat, actor)
    const own = new UserChange(tx, actor, deps.clock.now())
    await own.lock()
    if (!(await storeBlock(tx, actor, other, blocked))) return []
    await own.touch('blocks')
    own.announce(other)
    const first = change ? [await storeChange(change, other, blocked)] : []
    return [...first, await own.store()]
  })
  for (const batch of batches) deps.publish(batch)
}

async function storeBlock(
  tx: Queryable,
  actor: UserId,
  other: UserId,
  blocked: boolean,
): Promise<boolean> {
  if (!blocked) return deleteBlock(tx, actor, other)
  const isNew = await insertBlock(tx, actor, other)
  if (isNew && (await countBlocks(tx, actor)) > limits.blocksMax)
    throw new AppError('quota_reached')
  return isNew
}

async function storeChange(change: ChatChange, other: UserId, blocked: boolean): Promise<Batch> {
  const { tx, chat, actor } = change
  const request = blocked ? await readMessageRequest(tx, chat.id) : undefined
  if (request?.to === actor && request.state === 'pending') await declineRequest(change, request)
  await settleQuiet(change, actor, other)
  return change.store()
}

/** A page of those whom the actor blocks, by user id. */
export function listBlocks(
  { db }: Pick<Services, 'db'>,
  actor: UserId,
  after: UserId,
  limit: number,
): Promise<{ blocks: { user: UserId; at: number }[] } & People> {
  return peoplePage(db, limit, size => readBlocks(db, actor, after, size)).then(
    ({ rows, ...people }) => ({ blocks: rows, ...people }),
  )
}
