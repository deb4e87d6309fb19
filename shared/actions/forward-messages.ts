// Copies of messages in another chat. They are new messages of whoever forwards them, with a note of where they come
// from. What is special about a kind of message is in `carriers`.

import { AppError } from '#shared/protocol/codes.ts'
import {
  type ChatId,
  type Rev,
  type Rid,
  randomRid,
  type Seq,
  type UserId,
} from '#shared/protocol/ids.ts'
import {
  extraKeys,
  type Message,
  type MessageExtra,
  type Origin,
  theChat,
} from '#shared/protocol/models.ts'
import { needOf } from '#shared/protocol/needs.ts'
import { right } from '#shared/protocol/permissions.ts'
import { type ChatInfo, readChatFor } from '#shared/store/chats.ts'
import type { Queryable } from '#shared/store/db.ts'
import { readVisible } from '#shared/store/hidden-messages.ts'
import { findManyByRid, messageKind, type StoredMessage } from '#shared/store/messages.ts'
import { readAuthorNames } from '#shared/store/origins.ts'
import { type ChatChange, changeChat } from './change-chat.ts'
import { carryPoll } from './copy-poll.ts'
import { assertMayPost } from './may-post.ts'
import type { Services } from './services.ts'

export interface ForwardInput {
  /** Where to. */
  chat: ChatId
  from: ChatId
  seqs: readonly Seq[]
  /** rids[i] is that of the copy of seqs[i]. */
  rids: readonly Rid[]
  silent?: true | undefined
  hideAuthor?: true | undefined
}

/** A message under way from one chat to another. */
export interface Carried {
  /** The message's place in the chat that it comes from. */
  from: ChatId
  source: StoredMessage
}

/** How a kind of message is copied. */
export interface Carrier {
  /** Right bits that it needs beside those of its text. */
  need: number
  kind: number
  /** Parts of the copy that are not simply those of the original. @throws AppError when it cannot be copied */
  prepare(
    change: ChatChange,
    carried: Carried,
  ): Promise<{
    extra: MessageExtra
    /** Called once the copy has its place. */
    placed?: (seq: Seq) => Promise<void>
  }>
}

const asItIs: Carrier = {
  need: right.post,
  kind: messageKind.text,
  prepare: async () => ({ extra: {} }),
}

/** By `messageKind`; kinds that are missing here cannot be forwarded. */
const carriers: Partial<Record<number, Carrier>> = {
  [messageKind.text]: asItIs,
  // A channel's post in its discussion group: the copy is one of the post.
  [messageKind.mirror]: asItIs,
  [messageKind.poll]: carryPoll,
}

/** Parts that are not copied, or not as they are. */
const ownParts: ReadonlySet<string> = new Set([
  'quote',
  'fwd',
  'svc',
  'album',
  'poll',
] satisfies (keyof MessageExtra)[])

/**
 * Forwards messages, all or none, in the order of `seqs`. The same rids again answer the same places.
 * @returns the seqs of the copies, and how long the texts are that were written now
 * @throws AppError not_found (either chat, or a message that the actor does not see), forbidden, conflict (deleted,
 *   a service message, several in slow mode), slow_mode, bad_request
 */
export async function forwardMessages(
  deps: Services,
  actor: UserId,
  input: ForwardInput,
): Promise<{ rev: Rev; seqs: Seq[]; chars: number }> {
  checkShape(input)
  return changeChat(deps, input.chat, actor, async (change, me) => {
    const known = await findManyByRid(change.tx, input.chat, actor, input.rids)
    const fresh = input.seqs.flatMap((seq, i) => {
      const rid = input.rids[i] as Rid
      return known.has(rid) ? [] : [{ seq, rid }]
    })
    let chars = 0
    if (fresh.length > 0) {
      const parcels = await gather(change, input, fresh)
      const need = parcels.reduce((bits, parcel) => bits | parcel.need, 0)
      await assertMayPost(change, me, need, parcels.length)
      for (const parcel of parcels) known.set(parcel.rid, await place(change, parcel, input))
      chars = parcels.reduce((sum, { message }) => sum + message.text.length, 0)
    }
    return { rev: change.chat.rev, seqs: input.rids.map(rid => known.get(rid) as Seq), chars }
  })
}

function checkShape({ seqs, rids }: ForwardInput): void {
  const isPaired = seqs.length === rids.length
  if (!isPaired || new Set(rids).size < rids.length || new Set(seqs).size < seqs.length) {
    throw new AppError('bad_request', {
      detail: 'Each message once, and a rid of its own for each.',
    })
  }
}

/** One copy before it has its place. */
interface Parcel {
  rid: Rid
  message: Message
  need: number
  carrier: Carrier
  carried: Carried
  origin: Origin | undefined
  album: Rid | undefined
}

async function gather(
  change: ChatChange,
  input: ForwardInput,
  wanted: readonly { seq: Seq; rid: Rid }[],
): Promise<Parcel[]> {
  const { tx, actor } = change
  const seqs = wanted.map(each => each.seq)
  const [info, visible] = [
    await readChatFor(tx, input.from, actor),
    await readVisible(tx, actor, input.from, seqs),
  ]
  const bySeq = new Map(visible?.map(stored => [stored.message.seq, stored]))
  if (!info || bySeq.size < wanted.length) throw new AppError('not_found')
  const sources = wanted.map(({ seq }) => bySeq.get(seq) as StoredMessage)
  const origins = input.hideAuthor ? [] : await originsOf(tx, actor, info, sources)
  const albums = albumsOf(sources)
  return sources.map((source, i) => {
    const { message, kind } = source
    const carrier = carriers[kind]
    if (message.deleted) throw new AppError('conflict', { detail: 'A message is deleted.' })
    if (!carrier)
      throw new AppError('conflict', { detail: 'A service message cannot be forwarded.' })
    return {
      rid: (wanted[i] as { rid: Rid }).rid,
      message,
      need: carrier.need | needOf(textOf(message), message.ents),
      carrier,
      carried: { from: input.from, source },
      origin: origins[i],
      album: message.album === undefined ? undefined : albums.get(message.album),
    }
  })
}

/** The text with all that a poll says beside it. */
function textOf({ text, poll }: Message): string {
  return poll ? [text, ...poll.options].join('\n') : text
}

/** Albums keep together under a new number; of a single message no album is left. */
function albumsOf(sources: readonly StoredMessage[]): Map<Rid, Rid> {
  const counts = new Map<Rid, number>()
  for (const { message } of sources) {
    if (message.album !== undefined) counts.set(message.album, (counts.get(message.album) ?? 0) + 1)
  }
  const whole = [...counts].filter(([, count]) => count > 1)
  return new Map(whole.map(([album]) => [album, randomRid()]))
}

/** Where each message comes from; of one that was forwarded before, where it came from then. */
async function originsOf(
  tx: Queryable,
  actor: UserId,
  chat: ChatInfo,
  sources: readonly StoredMessage[],
): Promise<Origin[]> {
  const first = sources.map(source => source.message.fwd ?? firstOrigin(chat, source))
  const people = first.flatMap(({ from }) => from ?? [])
  const names = await readAuthorNames(tx, actor, people)
  return first.map(({ from, ...origin }) => {
    if (from === undefined) return origin
    const author = names.get(from)
    // Asked anew at each forward: who hides by now is not led to any more.
    return {
      ...origin,
      ...(author?.mayLink && { from }),
      ...(author && { name: author.name }),
    }
  })
}

function firstOrigin(chat: ChatInfo, { message, sender }: StoredMessage): Origin {
  const { seq, at, from } = message
  if (chat.kind !== 'channel') return { from: sender, at }
  return {
    ...(from !== theChat && { from: sender }),
    chat: chat.id,
    title: chat.title ?? '',
    seq,
    at,
  }
}

async function place(change: ChatChange, parcel: Parcel, input: ForwardInput): Promise<Seq> {
  const { message, carrier, carried, origin, album } = parcel
  const { extra, placed } = await carrier.prepare(change, carried)
  const kept = extraKeys.flatMap(key =>
    ownParts.has(key) || message[key] === undefined ? [] : [[key, message[key]]],
  )
  const parts: MessageExtra = {
    ...(Object.fromEntries(kept) as MessageExtra),
    ...(origin && { fwd: origin }),
    ...(album !== undefined && { album }),
    ...extra,
  }
  const { seq } = await change.addMessage({
    from: change.actor,
    kind: carrier.kind,
    text: message.text,
    rid: parcel.rid,
    ents: message.ents,
    silent: input.silent,
    ...(Object.keys(parts).length > 0 && { extra: parts }),
  })
  await placed?.(seq)
  change.readOwn(seq)
  return seq
}
