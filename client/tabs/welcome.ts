// What a tab without a connection of its own is answered at HELLO: the chats as the leading tab holds them, told as the server
// would. What that tab does not know for certain is told as a bump, so the other one asks for itself. Pure.

import type { ControlBody } from '#shared/protocol/events.ts'
import { controlFrame } from '#shared/protocol/frames.ts'
import type { ChatId, Rev, Urev, UserId } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import type { Chat, User } from '#shared/protocol/models.ts'
import type { OpIn } from '#shared/protocol/ops.ts'
import { unreadCalls } from '../calls.ts'
import type { ChatState, ChatStore } from '../chat-store.ts'

export interface WelcomeFrom {
  /** What the server said to the leading tab. */
  hello: ControlBody<'helloOk'>
  store: ChatStore
  /** Chats that the leading tab has only heard of, with the highest rev. */
  wanted: ReadonlyMap<ChatId, Rev>
  /** Where the leading tab stands with the user's own state, and what it has heard of. */
  urev: Urev
  known: Urev
}

/** The frames from helloOk to syncEnd, each a copy. */
export function welcome(
  { hello, store, wanted, urev, known }: WelcomeFrom,
  asked: OpIn<'hello'>['resume'],
): Uint8Array[] {
  const states = [...store.chats.values()]
  // One who has more than there is here is told everything anew.
  const isWhole = asked?.chats.every(([chat]) => store.chats.has(chat)) ?? false
  const resume = isWhole && asked?.epoch === hello.epoch ? asked : undefined
  const at = new Map(resume?.chats)
  const told = states.filter(
    ({ chat }) => at.get(chat.id) !== chat.rev || (chat.me.urev ?? 0) > (resume?.urev ?? 0),
  )
  const certain = told.filter(state => !isDoubtful(state)).map(asTold)
  // The profile may have changed since the server said it.
  const user = store.users.get(hello.user.id) ?? hello.user
  const frames = [
    controlFrame('helloOk', { ...hello, user, urev, resumed: resume !== undefined }).slice(),
  ]
  const pages = pagesOf(certain)
  for (const [i, chats] of pages.entries()) {
    const isLast = i === pages.length - 1
    const next = !resume && isLast && store.next ? { next: store.next } : {}
    const users = peopleOf(store, chats)
    frames.push(controlFrame('sync', { chats, users, gone: [], diffs: [], ...next }).slice())
  }
  frames.push(controlFrame('syncEnd', { urev: Math.max(urev, known) }).slice())
  for (const { chat, position } of states.filter(isDoubtful)) {
    const rev = Math.max(position.known, chat.rev)
    frames.push(controlFrame('bump', { chat: chat.id, rev, seq: chat.seq }).slice())
  }
  for (const [chat, rev] of wanted) {
    frames.push(controlFrame('bump', { chat, rev, seq: 0 }).slice())
  }
  return frames
}

/** A part of it is being asked for, or what came last lies behind a gap. */
function isDoubtful({ chat, position, stale, asked }: ChatState): boolean {
  return stale || asked || position.known > chat.rev
}

/** The server counts mentions up to the last message; here they are counted apart. */
function asTold({ chat, calls }: ChatState): Chat {
  const { mentions: _, ...me } = chat.me
  const mentions = unreadCalls(calls, me.read)
  return { ...chat, me: { ...me, ...(mentions > 0 && { mentions }) } }
}

function pagesOf(chats: readonly Chat[]): Chat[][] {
  const pages: Chat[][] = []
  for (let from = 0; from < chats.length || from === 0; from += limits.pageChatsMax) {
    pages.push(chats.slice(from, from + limits.pageChatsMax))
  }
  return pages
}

/** The people whom a row of the list shows. */
function peopleOf(store: ChatStore, chats: readonly Chat[]): User[] {
  const ids = new Set(chats.flatMap(({ peer, last }) => [peer ?? 0, last?.from ?? 0]))
  return [...ids].flatMap(id => store.users.get(id) ?? [])
}

/** Everything asked for by several tabs at once, the first ones first. */
export function union<Id extends ChatId | UserId>(
  lists: readonly (readonly Id[])[],
  max: number,
): Id[] {
  return [...new Set(lists.flat())].slice(0, max)
}
