// Catching up: what changed in a chat since a rev, and in a user's own state since a urev. There is no event
// log: rows keep the rev of their last change, so a few indexed reads give current states and tombstones.
// Rows may come with a rev above the answer's position (they changed while we read); applying them early is
// harmless, since a row is only ever replaced by one with a higher rev.

import { AppError } from '#shared/protocol/codes.ts'
import type { ChatId, Rev, Seq, Urev, UserId } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import type { Chat, Diff, Message, User } from '#shared/protocol/models.ts'
import { isActive, type Role, runsChat } from '#shared/protocol/permissions.ts'
import { readChats } from '#shared/store/chat-views.ts'
import { readChangedPlaces, readChatFor } from '#shared/store/chats.ts'
import { readUrevs } from '#shared/store/connections.ts'
import type { Db } from '#shared/store/db.ts'
import { readChangedMembers, toMember } from '#shared/store/members.ts'
import { readChangedMessages } from '#shared/store/messages.ts'
import { readOwnChoices } from '#shared/store/own-choices.ts'
import { readProfiles } from '#shared/store/profiles.ts'
import { readChangedSections } from '#shared/store/user-sections.ts'
import { estimateBytes, estimateChatBytes } from './fit-page.ts'
import { describeChats, peopleIn, showsMembers, showsReadMarks } from './read-chats.ts'

interface Deps {
  db: Db
}

/**
 * One page of a chat's changes after `since`, at most limits.diffRowsMax rows and about limits.diffBytesMax.
 * @throws AppError not_found, too_old (more than limits.diffBehindRevsMax changes, or a position ahead of the server's)
 */
export async function readDiff(
  { db }: Deps,
  user: UserId,
  chat: ChatId,
  since: Rev,
): Promise<Diff> {
  // The head is read first: everything up to it is visible to the reads below.
  const head = await readChatFor(db, chat, user)
  if (!head) throw new AppError('not_found')
  if (since > head.rev || head.rev - since > limits.diffBehindRevsMax) throw new AppError('too_old')
  const [messages, members] = await Promise.all([
    readChangedMessages(db, chat, since, limits.diffRowsMax, {
      user,
      hiddenUpTo: head.me.hiddenUpTo,
    }),
    readChangedMembers(db, chat, since, limits.diffRowsMax),
  ])
  const cut = Math.min(
    head.rev,
    cutOf(messages, estimateBytes),
    cutOf(members, () => 60),
  )
  const moved = members.filter(member => member.rev <= cut || cut === head.rev)
  const known = (row: { user_id: UserId; role: Role }) =>
    showsMembers(head) || row.user_id === user || runsChat(row.role)
  const page: Diff = {
    chat,
    rev: cut,
    seq: head.seq,
    messages: messages.filter(message => message.rev <= cut || cut === head.rev),
    members: moved.filter(known).map(member => toMember(member, showsReadMarks(head))),
    users: [],
  }
  if (cut < head.rev) page.more = true
  const rowChanged = head.infoRev > since && head.infoRev <= cut
  if (rowChanged || moved.length > 0) {
    const [info] = await readChats(db, user, [chat])
    if (info) page.info = info
  }
  const people = [...peopleIn(page.messages), ...page.members.map(member => member.user)]
  page.users = await readProfiles(db, people)
  const own = await readOwnChoices(db, chat, chosenAt(page.messages), [user])
  if (own.length > 0) page.own = own.map(each => each.own)
  return page
}

/** Messages at which anybody chose anything: most have no such thing, and a diff of them costs no read. */
function chosenAt(messages: readonly Message[]): Seq[] {
  return messages.filter(({ reacts, poll }) => reacts || poll).map(({ seq }) => seq)
}

/** The rev up to which a possibly truncated list (ascending by rev) is complete; Infinity if it is whole. */
function cutOf<Row extends { rev: Rev }>(rows: readonly Row[], bytesOf: (row: Row) => number): Rev {
  let bytes = 0
  for (const [i, row] of rows.entries()) {
    bytes += bytesOf(row)
    if (i > 0 && bytes > limits.diffBytesMax) return (rows[i - 1] as Row).rev
  }
  return rows.length < limits.diffRowsMax ? Number.POSITIVE_INFINITY : (rows.at(-1) as Row).rev
}

/**
 * What changed in a user's own state: chats joined or changed, chats left. Past `limits.diffBytesMax` chats come
 * without their last message.
 */
export async function readUserDiff(
  deps: Deps,
  user: UserId,
  since: Urev,
): Promise<{ urev: Urev; chats: Chat[]; users: User[]; gone: ChatId[]; sections: string[] }> {
  const [head] = await readUrevs(deps.db, [user])
  const [places, sections] = await Promise.all([
    readChangedPlaces(deps.db, user, since),
    readChangedSections(deps.db, user, since),
  ])
  const here = places.filter(place => isActive(place.role)).map(place => place.chat)
  const gone = places.filter(place => !isActive(place.role)).map(place => place.chat)
  const { chats, users } = await describeChats(deps, user, here)
  let bytes = 0
  for (const chat of chats) {
    const size = estimateChatBytes(chat)
    if (bytes + size > limits.diffBytesMax) delete chat.last
    else bytes += size
  }
  return { urev: head?.urev ?? since, chats, users, gone, sections }
}
