// Who waits to be let into a chat: what ends a request, and telling those who answer them.

import type { UserId } from '#shared/protocol/ids.ts'
import { answersJoinRequests } from '#shared/store/chat-views.ts'
import { revokeInvitesOf } from '#shared/store/invites.ts'
import { deleteJoinRequests, deleteJoinRequestsOfRevoked } from '#shared/store/join-requests.ts'
import { readAdmins } from '#shared/store/members.ts'
import type { ChatChange } from './change-chat.ts'

/** Tells those who answer requests how many wait now. */
export async function tellWaiting(change: ChatChange): Promise<void> {
  const { tx, chat } = change
  const told = (await readAdmins(tx, chat.id)).filter(row => answersJoinRequests(row, chat.rights))
  if (told.length > 0) await change.touchPlaces(told.map(row => row.user_id))
}

/** These people ask no longer: they are in, banned or gone. */
export async function endJoinRequests(change: ChatChange, users: readonly UserId[]): Promise<void> {
  if (change.chat.requests === 0) return
  await forget(change, await deleteJoinRequests(change.tx, change.chat.id, users))
}

/** Ends the links that somebody made, and the requests that came by them. */
export async function endLinksOf(change: ChatChange, user: UserId): Promise<void> {
  await revokeInvitesOf(change.tx, change.chat.id, user)
  await endJoinRequestsOfRevoked(change)
}

/** Ends the requests that came by links which are revoked by now. */
export async function endJoinRequestsOfRevoked(change: ChatChange): Promise<void> {
  if (change.chat.requests === 0) return
  await forget(change, await deleteJoinRequestsOfRevoked(change.tx, change.chat.id))
}

async function forget(change: ChatChange, count: number): Promise<void> {
  if (count === 0) return
  change.chat.requests -= count
  await tellWaiting(change)
}
