// From the messages of a window to the rows of the list: days, grouping by sender, the unread divider. Pure.

import type { MessageView } from '#client/types.ts'
import type { Seq, UserId } from '#shared/protocol/ids.ts'

const groupGapMs = 5 * 60_000

/** One item of the virtual list. Day and divider belong to the message below them, so that keys stay stable. */
export interface Row {
  key: string
  message: MessageView
  own: boolean
  /** First of a group of one sender: shows the name. */
  first: boolean
  /** Last of it: shows the tail and the avatar. */
  last: boolean
  /** The message starts a new day. */
  day: boolean
  /** The unread messages begin here. */
  divider: boolean
}

/**
 * @param readUpTo read mark when the chat was opened; null shows no divider
 * @cost O(messages of the window)
 */
export function toRows(messages: readonly MessageView[], me: UserId, readUpTo: Seq | null): Row[] {
  const dividerAt =
    readUpTo === null ? -1 : messages.findIndex(each => isUnread(each, me, readUpTo))
  return messages.map((message, index) => {
    const day = !sameDay(messages[index - 1], message)
    const divider = index === dividerAt
    const next = messages[index + 1]
    return {
      key: message.key,
      message,
      own: message.from === me,
      first: day || divider || !sameGroup(messages[index - 1], message),
      last:
        next === undefined ||
        index + 1 === dividerAt ||
        !sameDay(message, next) ||
        !sameGroup(message, next),
      day,
      divider,
    }
  })
}

function isUnread(message: MessageView, me: UserId, readUpTo: Seq): boolean {
  return message.seq !== undefined && message.seq > readUpTo && message.from !== me
}

function sameGroup(before: MessageView | undefined, after: MessageView): boolean {
  return before !== undefined && before.from === after.from && after.at - before.at < groupGapMs
}

function sameDay(before: MessageView | undefined, after: MessageView): boolean {
  return (
    before !== undefined && new Date(before.at).toDateString() === new Date(after.at).toDateString()
  )
}
