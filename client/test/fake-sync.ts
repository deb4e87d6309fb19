// What the reference server says of what changed: the pages of a sync, diffs, the chat list, single chats.

import { AppError } from '#shared/protocol/codes.ts'
import type { ChatId, UserId } from '#shared/protocol/ids.ts'
import type { OpIn, OpOut } from '#shared/protocol/ops.ts'
import { chatFor, diffOf, isIn } from './fake-chat.ts'
import type { FakeServer, Handlers } from './fake-server.ts'

export function syncHandlers(server: FakeServer): Handlers {
  return {
    ping: () => ({ now: server.now() }),
    diff: (_connection, user, { chat, since }) => {
      const found = server.chatOf(chat, user)
      const isTooOld = since > found.rev || found.rev - since > server.diffBehindMax
      if (isTooOld) throw new AppError('too_old')
      const page = diffOf(found, user, since, server.diffRowsMax)
      return { ...page, ...server.choices.ofPage(chat, page.messages, user) }
    },
    userDiff: (_connection, user, { since }) => userDiff(server, user, since),
    chats: (_connection, user, { after }) => chatPage(server, user, after),
    chat: (_connection, user, { chat }) => ({
      chat: chatFor(server.chatOf(chat, user), user),
      users: [],
    }),
    users: (_connection, _user, { users }) => ({
      users: users
        .filter(id => id < 1_000)
        .map(id => ({ ...server.user(id), ...server.people.about(id) })),
    }),
  }
}

/** Everything that changed since a HELLO's resume. */
export function changesSince(
  server: FakeServer,
  user: UserId,
  resume: NonNullable<OpIn<'hello'>['resume']>,
) {
  const known = new Map(resume.chats)
  const here = server.chatsOf(user)
  const changed = here.filter(
    chat => known.get(chat.id) !== chat.rev || (chat.places.get(user)?.urev ?? 0) > resume.urev,
  )
  const open = changed.filter(chat => resume.open?.includes(chat.id) && known.has(chat.id))
  const diffs = open.flatMap(chat => {
    const since = known.get(chat.id) ?? 0
    return chat.rev - since > server.diffBehindMax
      ? []
      : [diffOf(chat, user, since, server.diffRowsMax)]
  })
  return {
    chats: changed.map(chat => chatFor(chat, user)),
    users: [],
    gone: [...known.keys()].filter(id => !here.some(chat => chat.id === id)),
    diffs,
  }
}

/** A page of the chat list, the latest chats first. @param after `next` of the page before */
export function chatPage(
  server: FakeServer,
  user: UserId,
  after?: { at: number; chat: ChatId },
): OpOut<'chats'> {
  const sorted = server.chatsOf(user).sort((a, b) => b.at - a.at || b.id - a.id)
  const rest = after
    ? sorted.filter(chat => chat.at < after.at || (chat.at === after.at && chat.id < after.chat))
    : sorted
  const chats = rest.slice(0, server.chatsPageMax)
  const last = chats.at(-1)
  return {
    chats: chats.map(chat => chatFor(chat, user)),
    users: [],
    ...(rest.length > chats.length && last && { next: { at: last.at, chat: last.id } }),
  }
}

function userDiff(server: FakeServer, user: UserId, since: number): OpOut<'userDiff'> {
  const changed = [...server.chats.values()].filter(
    chat => (chat.places.get(user)?.urev ?? 0) > since,
  )
  const here = changed.filter(chat => isIn(chat, user))
  const isChosen = (server.choices.urevs.get(user) ?? 0) > since
  const isHidden = changed.some(chat => (chat.places.get(user)?.hidden?.urev ?? 0) > since)
  return {
    urev: server.urevs.get(user) ?? 0,
    chats: here.map(chat => chatFor(chat, user)),
    users: [server.user(user)],
    gone: changed.filter(chat => !here.includes(chat)).map(chat => chat.id),
    sections: [
      ...server.people.changedSince(user, since),
      ...server.folders.changedSince(user, since),
      ...(isChosen || isHidden ? ['rows'] : []),
    ],
  }
}
