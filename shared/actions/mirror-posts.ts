// Posts of a channel stand in its discussion group too, as the roots of their comments. What the group has is a cursor on
// the channel's revs, moved in the transaction that writes the mirrors: so each post is mirrored exactly once, and edits
// and deletions follow, whoever does it and however often. Started by the gateway right after a post was committed
// (gateway/mirrors.ts), and by a job for what a crash left (api/jobs/discussions.ts).

import { isDeepStrictEqual } from 'node:util'
import { AppError } from '#shared/protocol/codes.ts'
import type { ChatId, Seq } from '#shared/protocol/ids.ts'
import { extraKeys, type Message, type MessageExtra, theChat } from '#shared/protocol/models.ts'
import {
  type ChangedPost,
  closeThread,
  type Discussion,
  holdDiscussion,
  insertMirror,
  readChangedPosts,
  readDiscussion,
  storeMirrored,
  updateMirror,
} from '#shared/store/discussions.ts'
import { messageKind, readMessages } from '#shared/store/messages.ts'
import { type ChatChange, commitChange, openChange } from './change-chat.ts'
import { dropMessages } from './drop-messages.ts'
import type { Services } from './services.ts'

/** Posts in one transaction: the group's lock is held for as long. */
const postsPerPage = 50

/** What became of a page of changes. */
interface Page {
  /** Posts that have a mirror now, and so can be commented on. */
  mirrored: Seq[]
  isMore: boolean
}

/**
 * Brings a channel's group up to date; nothing to do is fine.
 * @returns the posts that got a mirror by this
 * @throws AppError overloaded, timeout
 */
export async function mirrorPosts(deps: Services, channel: ChatId): Promise<Seq[]> {
  const mirrored: Seq[] = []
  for (;;) {
    const link = await readDiscussion(deps.db, channel)
    if (!link || link.rev <= link.mirroredRev) return mirrored
    const page = await mirrorOnce(deps, link).catch(ignoreGone)
    mirrored.push(...page.mirrored)
    if (!page.isMore) return mirrored
  }
}

const nothing: Page = { mirrored: [], isMore: false }

async function mirrorOnce(deps: Services, { channel, group }: Discussion): Promise<Page> {
  return commitChange(deps, async tx => {
    const change = await openChange(deps, tx, group, theChat)
    // Read again: the cursor moves under the lock that was just taken, and so do links.
    const link = await readDiscussion(tx, channel)
    if (link?.group !== group) return { change: null, result: nothing }
    return { change, result: await mirrorPage(change, link) }
  })
}

/** The job ends links whose group is gone. */
function ignoreGone(error: unknown): Page {
  if (error instanceof AppError && error.code === 'not_found') return nothing
  throw error
}

/**
 * Mirrors one page of changes.
 * @param change the group, under its lock
 * @param link   read under that lock
 */
export async function mirrorPage(change: ChatChange, link: Discussion): Promise<Page> {
  await holdDiscussion(change.tx, link)
  const posts = await readChangedPosts(change.tx, link, postsPerPage)
  const threads = posts.flatMap(post => post.thread ?? [])
  const mirrors = new Map(
    (await readMessages(change.tx, link.group, threads)).map(({ message }) => [
      message.seq,
      message,
    ]),
  )
  const mirrored: Seq[] = []
  for (const post of posts) {
    const mirror = post.thread === null ? undefined : mirrors.get(post.thread)
    if (mirror) await followPost(change, post, mirror)
    else if (isNew(post, link)) {
      await addMirror(change, link, post)
      mirrored.push(post.message.seq)
    }
  }
  const isMore = posts.length === postsPerPage
  const last = posts.at(-1)?.message.rev ?? 0
  // Whatever has a rev up to one that was seen is visible too: revs are given under the channel's lock.
  await storeMirrored(change.tx, link, isMore ? last : Math.max(last, link.rev))
  return { mirrored, isMore }
}

function isNew({ message, kind, elsewhere }: ChangedPost, { fromSeq }: Discussion): boolean {
  return message.seq > fromSeq && kind !== messageKind.service && !message.deleted && !elsewhere
}

async function addMirror(change: ChatChange, link: Discussion, post: ChangedPost): Promise<void> {
  const { message, signature } = post
  const { text, ents, silent, seq: of, at } = message
  const { channel, title } = link
  const from = signature === null ? {} : { name: signature }
  const { seq } = await change.addMessage({
    from: theChat,
    kind: messageKind.mirror,
    text,
    ents,
    silent,
    extra: { ...partsOf(message), fwd: { chat: channel, title, seq: of, at, ...from } },
  })
  await insertMirror(change.tx, link, of, seq)
}

/** The post was edited, deleted or changed otherwise; only what shows in the mirror is followed. */
async function followPost(change: ChatChange, post: ChangedPost, mirror: Message): Promise<void> {
  const { message } = post
  if (mirror.deleted) return
  if (message.deleted) return removeMirror(change, mirror)
  const same =
    message.text === mirror.text &&
    message.edited === mirror.edited &&
    isDeepStrictEqual(message.ents, mirror.ents) &&
    isDeepStrictEqual(partsOf(message), partsOf(mirror))
  if (same) return
  const rev = change.nextRev()
  const parts = { ...partsOf(message), ...(mirror.fwd && { fwd: mirror.fwd }) }
  const { text, ents, edited } = message
  const { seq } = mirror
  await updateMirror(change.tx, change.chat.id, seq, {
    rev,
    text,
    ents,
    extra: parts,
    editedAt: edited,
  })
  change.emit(edited === mirror.edited ? 'changed' : 'edited', rev, {
    ...bare(mirror),
    ...parts,
    rev,
    text,
    ...(ents && { ents }),
    ...(edited !== undefined && { edited }),
  })
}

async function removeMirror(change: ChatChange, mirror: Message): Promise<void> {
  await dropMessages(change, [mirror])
  await closeThread(change.tx, change.chat.id, mirror.seq)
}

/** Parts that a mirror does not have: where the post came from, and a poll, in which one votes in the channel. */
const left: ReadonlySet<string> = new Set(['quote', 'fwd', 'svc', 'poll'])
const mirrored = extraKeys.filter(key => !left.has(key))

/** Parts of a post that its mirror has too. */
function partsOf(message: Message): MessageExtra {
  const parts = mirrored.flatMap(key => (message[key] === undefined ? [] : [[key, message[key]]]))
  return Object.fromEntries(parts) as MessageExtra
}

/** A mirror without what follows its post. */
function bare(mirror: Message): Message {
  const rest = { ...mirror }
  delete rest.ents
  delete rest.edited
  for (const key of mirrored) delete rest[key]
  return rest
}
