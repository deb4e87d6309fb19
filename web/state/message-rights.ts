// What the user may do with a message, by the server's rules: menus offer nothing that would be refused. Pure.

import type { Chat, MessageView } from '#client/types.ts'
import { limits } from '#shared/protocol/limits.ts'
import { can, type RightName, right, runsChat } from '#shared/protocol/permissions.ts'
import { allowedReactions } from '#shared/protocol/reactions.ts'

/** What of a chat decides on its messages. */
export type ConversationChat = Pick<
  Chat,
  'id' | 'kind' | 'rights' | 'me' | 'members' | 'reactions' | 'username'
>

export function may({ me, rights }: Pick<Chat, 'me' | 'rights'>, action: RightName): boolean {
  return can(me, action, { defaultRights: rights })
}

/** Written by the user, in a channel perhaps in its name. */
export function isOwn(message: MessageView, me: number): boolean {
  return message.from === me || message.own === true
}

const isThere = ({ seq, svc, deleted }: MessageView) =>
  seq !== undefined && svc === undefined && deleted === undefined

/** A direct chat in which nothing may be said: one of the two blocks the other, or has not answered yet. */
const isQuiet = ({ kind, rights }: ConversationChat) => kind === 'direct' && rights === 0

export function mayReply(message: MessageView, chat: ConversationChat): boolean {
  return isThere(message) && may(chat, 'post')
}

export function mayEdit(
  message: MessageView,
  chat: ConversationChat,
  me: number,
  now: number,
): boolean {
  if (!isThere(message) || message.fwd || message.poll) return false
  const own = isOwn(message, me)
  if (chat.kind === 'channel') return may(chat, own ? 'post' : 'changeInfo')
  const isTimely = chat.kind === 'saved' || now - message.at < limits.editWindowS * 1000
  return own && isTimely && may(chat, 'post')
}

export function mayForward(message: MessageView): boolean {
  return isThere(message)
}

export function mayPin(message: MessageView, chat: ConversationChat): boolean {
  return isThere(message) && may(chat, 'pin')
}

export function mayDeleteForAll(message: MessageView, chat: ConversationChat, me: number): boolean {
  if (message.seq === undefined) return false
  if (isOwn(message, me) || chat.kind === 'saved') return true
  return chat.kind === 'direct' ? !isQuiet(chat) : may(chat, 'deleteOthers')
}

/** Others can be told to the operators. */
export function mayReport(message: MessageView, chat: ConversationChat, me: number): boolean {
  return isThere(message) && !isOwn(message, me) && chat.kind !== 'saved'
}

export function maySeeReaders(
  message: MessageView,
  chat: ConversationChat,
  me: number,
  now: number,
): boolean {
  const isSmall = chat.members <= limits.readMarksMembersMax
  const isRecent = now - message.at < limits.readTimesKeptMs
  const isTalk = chat.kind === 'group' || chat.kind === 'direct'
  return isThere(message) && message.from === me && isTalk && isSmall && isRecent
}

/** The emojis that the user may put at a message of this chat. */
export function reactionsOf(chat: Pick<Chat, 'reactions'>): readonly string[] {
  return allowedReactions(chat.reactions)
}

export function mayReact(message: MessageView, chat: ConversationChat): boolean {
  const isSilenced = chat.me.role === 'restricted' && (chat.me.rights & right.post) === 0
  return isThere(message) && reactionsOf(chat).length > 0 && !isQuiet(chat) && !isSilenced
}

/** Who reacted: in a channel only those who run it learn it. */
export function maySeeReactors(chat: ConversationChat): boolean {
  return chat.kind !== 'channel' || runsChat(chat.me.role)
}

/** Whether the address of a message leads others to it, who are in the chat. */
export function mayLink(message: MessageView, chat: ConversationChat): boolean {
  return isThere(message) && chat.kind !== 'direct'
}
