// A channel's discussion group: linking, ending the link, reading the comments of a post, counting them.

import { AppError } from '#shared/protocol/codes.ts'
import type { ChatId, Rev, Seq, UserId } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import { type Message, type PostCounts, theChat, type User } from '#shared/protocol/models.ts'
import { can, isActive, type RightName, runsChat } from '#shared/protocol/permissions.ts'
import { readChatCard } from '#shared/store/chats.ts'
import type { Db, Queryable } from '#shared/store/db.ts'
import {
  endDiscussion,
  insertDiscussion,
  readChangedThreads,
  readComments,
  readDiscussion,
  readThread,
  readWidowed,
  recountThreads,
  storeCounted,
  takeUncounted,
} from '#shared/store/discussions.ts'
import { readMember } from '#shared/store/members.ts'
import { readProfiles } from '#shared/store/profiles.ts'
import { type ChatChange, commitChange, commitChanges, openChange } from './change-chat.ts'
import { estimateBytes, fitForward } from './fit-page.ts'
import { mirrorPage } from './mirror-posts.ts'
import { peopleIn } from './read-chats.ts'
import type { Services } from './services.ts'

/** Two chats under their locks. */
interface Pair {
  channel: ChatChange
  group: ChatChange
}

/**
 * Makes a group the discussion of a channel: posts from now on are mirrored there. The same pair again changes nothing.
 * Whoever reads the channel may read and join the group from then on, so its members' own right to change what it says
 * of itself is not enough: the actor runs both chats and may invite to the group.
 * @returns the rev of the channel
 * @throws AppError not_found, forbidden, conflict (not a channel and a group, or linked elsewhere)
 */
export async function linkDiscussion(
  deps: Services,
  actor: UserId,
  ids: { channel: ChatId; group: ChatId },
): Promise<{ rev: Rev }> {
  if (ids.channel === ids.group) throw new AppError('conflict')
  return commitChanges(deps, async tx => {
    const pair = await openPair(deps, tx, actor, ids)
    const { channel, group } = pair
    const mayBoth = [await mayRun(channel), await mayRun(group, ['changeInfo', 'invite'])]
    if (mayBoth.includes(undefined)) throw new AppError('not_found')
    if (channel.chat.kind !== 'channel' || group.chat.kind !== 'group') {
      throw new AppError('conflict', { detail: 'A discussion links a channel and a group.' })
    }
    if (mayBoth.includes(false)) throw new AppError('forbidden')
    if (channel.chat.linked === group.chat.id) {
      return { changes: [], result: { rev: channel.chat.rev } }
    }
    if (channel.chat.linked !== null || group.chat.linked !== null) {
      throw new AppError('conflict', { detail: 'One of the two is linked already.' })
    }
    setLink(pair, true)
    await insertDiscussion(tx, { channel: channel.chat, group: group.chat })
    return { changes: [channel, group], result: { rev: channel.chat.rev } }
  })
}

/**
 * Ends the discussion of a channel. Posts up to now are still mirrored; comments stay in the group.
 * @returns the rev of the channel
 * @throws AppError not_found, forbidden (runs neither with changeInfo), conflict (linked otherwise meanwhile)
 */
export async function unlinkDiscussion(
  deps: Services,
  actor: UserId,
  channelId: ChatId,
): Promise<{ rev: Rev }> {
  const card = await readChatCard(deps.db, channelId)
  if (card?.kind !== 'channel') throw new AppError('not_found')
  const linked = card.linked
  if (linked === null) {
    const member = await readMember(deps.db, channelId, actor)
    if (!member || !isActive(member.role)) throw new AppError('not_found')
    return { rev: card.rev }
  }
  return commitChanges(deps, async tx => {
    const pair = await openPair(deps, tx, actor, { channel: channelId, group: linked })
    const { channel, group } = pair
    const may = [await mayRun(channel), await mayRun(group)]
    // Either side may part from the other.
    if (!may.includes(true)) throw new AppError(may.includes(false) ? 'forbidden' : 'not_found')
    if (channel.chat.linked !== linked) throw new AppError('conflict')
    for (;;) {
      const link = await readDiscussion(tx, channelId)
      if (!link || !(await mirrorPage(group, link)).isMore) break
    }
    setLink(pair, false)
    await endDiscussion(tx, channelId, linked)
    return { changes: [channel, group], result: { rev: channel.chat.rev } }
  })
}

/** Locks both, the lower id first. @throws AppError not_found */
async function openPair(
  deps: Services,
  tx: Queryable,
  actor: UserId,
  ids: { channel: ChatId; group: ChatId },
): Promise<Pair> {
  const changes = new Map<ChatId, ChatChange>()
  for (const id of [ids.channel, ids.group].sort((a, b) => a - b)) {
    changes.set(id, await openChange(deps, tx, id, actor))
  }
  return {
    channel: changes.get(ids.channel) as ChatChange,
    group: changes.get(ids.group) as ChatChange,
  }
}

/** Whether the actor runs the chat with all of these rights; undefined when they are not in it. */
async function mayRun(
  { tx, chat, actor }: ChatChange,
  rights: readonly RightName[] = ['changeInfo'],
): Promise<boolean | undefined> {
  const me = await readMember(tx, chat.id, actor)
  if (!me || !isActive(me.role)) return undefined
  return runsChat(me.role) && rights.every(right => can(me, right, { defaultRights: chat.rights }))
}

function setLink({ channel, group }: Pair, linked: boolean): void {
  channel.chat.linked = linked ? group.chat.id : null
  group.chat.linked = linked ? channel.chat.id : null
  for (const [change, other] of [
    [channel, group],
    [group, channel],
  ] as const) {
    change.record('linked', linked ? { chat: other.chat.id, text: other.chat.title ?? '' } : {})
    change.touchInfo()
  }
}

/** Ends links of which one chat is gone. @returns how many */
export async function endWidowed(deps: Services): Promise<number> {
  const widowed = await readWidowed(deps.db)
  for (const { channel, group, left } of widowed) {
    await commitChange(deps, async tx => {
      // If it goes at this moment too, the next round finds nobody left.
      const change = left === null ? null : await openChange(deps, tx, left, theChat)
      await endDiscussion(tx, channel, group)
      if (change && [channel, group].includes(change.chat.linked ?? 0)) {
        change.chat.linked = null
        change.touchInfo()
      }
      return { change, result: undefined }
    })
  }
  return widowed.length
}

export interface CommentsPage {
  group: ChatId
  thread: Seq
  title: string
  joined?: true
  count: number
  messages: Message[]
  users: User[]
}

/**
 * A page of the comments of a post, for members of the channel or of its group.
 * @throws AppError not_found: no such post, without comments, not in either chat, or banned from the group
 */
export async function readPostComments(
  { db }: { db: Db },
  actor: UserId,
  post: { chat: ChatId; seq: Seq },
  range: { before: Seq } | { after: Seq },
  limit: number,
): Promise<CommentsPage> {
  const found = await readThread(db, post.chat, post.seq)
  if (!found) throw new AppError('not_found')
  const [inChannel, inGroup] = await Promise.all([
    readMember(db, post.chat, actor),
    readMember(db, found.group, actor),
  ])
  const joined = inGroup !== undefined && isActive(inGroup.role)
  const reads = joined || (inChannel !== undefined && isActive(inChannel.role))
  if (!reads || inGroup?.role === 'banned') throw new AppError('not_found')
  const page = await readComments(db, actor, found, range, limit)
  const messages =
    'after' in range
      ? fitForward(page, estimateBytes)
      : fitForward(page.reverse(), estimateBytes).reverse()
  const users = await readProfiles(db, peopleIn(messages))
  return { ...found, ...(joined && { joined }), messages, users }
}

const linksPerCommit = 100
const changesPerRound = 1_000

interface Counted {
  chat: ChatId
  counts: PostCounts[]
}

/**
 * Counts comments that were written or deleted since the last time, in all groups: one with many leaves the others their
 * turn. Several processes may do it at once.
 * @param perCommit links in one transaction
 * @returns the posts whose counts changed, by channel
 */
export async function countComments(
  { db }: { db: Db },
  perCommit: number = linksPerCommit,
): Promise<Counted[]> {
  const changed: Counted[] = []
  for (let after: ChatId | undefined = 0; after !== undefined; ) {
    const since: ChatId = after
    const page = await db.tx(tx => countPage(tx, since, perCommit))
    changed.push(...page.changed)
    after = page.next
  }
  return changed
}

async function countPage(
  tx: Queryable,
  after: ChatId,
  limit: number,
): Promise<{ changed: Counted[]; next: ChatId | undefined }> {
  const changed: Counted[] = []
  const links = await takeUncounted(tx, after, limit)
  for (const link of links) {
    const threads = await readChangedThreads(tx, link.group, link.countedRev, changesPerRound)
    const isMore = threads.rows === changesPerRound
    const touched = threads.grown.length + threads.shrunk.length + threads.closed.length
    if (touched > 0) {
      const counts = await recountThreads(tx, link, threads, limits.commentersShownMax)
      if (counts.length > 0) changed.push({ chat: link.channel, counts })
    }
    await storeCounted(tx, link, isMore ? threads.rev : Math.max(threads.rev, link.rev))
  }
  return { changed, next: links.length === limit ? links.at(-1)?.channel : undefined }
}
