// What the members of a large chat who do not look at it are told now and then: the bump. Gathers what happened
// since the last one in the form in which a chat list shows it, so that thousands of clients need not ask.
// Called by the hub, which knows who gets it and when; keeps finished frames and decodes one only for a bump.

import { decode, frameType } from '#shared/protocol/codec.ts'
import { type ChatEventBody, type ControlBody, chatEvents } from '#shared/protocol/events.ts'
import { controlFrame } from '#shared/protocol/frames.ts'
import type { Rev } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import type { Message } from '#shared/protocol/models.ts'
import type { ChatEvent } from './ring.ts'

/** A longer bump leaves out what happened: who is behind asks for it. */
const bytesMax = 2 * 1024
/** Of messages that call somebody in one turn; of more they learn by asking. */
const callsMax = 10

/** Everything after `since` up to `rev` that a chat list shows: frames of the last event of each kind. */
export interface News {
  since: Rev
  rev: Rev
  /** Of the newest message, if it is new or changed. */
  last: Uint8Array | null
  /** Of the chat's own row, if it changed. */
  info: Uint8Array | null
}

/** Nothing has happened since `rev`. */
export function noNews(rev: Rev): News {
  return { since: rev, rev, last: null, info: null }
}

/**
 * HOT: per event of a large chat. Adds the event that follows on what the chat's connections have.
 * @param held what was gathered so far, which is changed; its end is elsewhere when events came by another way
 */
export function addNews(held: News | null, event: ChatEvent): News {
  const news = held?.rev === event.rev - 1 ? held : noNews(event.rev - 1)
  news.rev = event.rev
  switch (kindOf(event.frame)) {
    case chatEvents.message.kind:
      news.last = event.frame
      return news
    case chatEvents.edited.kind:
    case chatEvents.deleted.kind:
    case chatEvents.changed.kind:
      // Lists show the newest message only.
      if (bodyOf<Message>(event.frame)?.seq === event.seq) news.last = event.frame
      return news
    case chatEvents.info.kind:
      news.info = event.frame
      return news
    default:
      // A member's own place may have changed, or something that only a later version knows.
      return noNews(event.rev)
  }
}

/**
 * One frame for everybody who does not watch the chat.
 * @param news said as well where it is all that happened up to `head.rev`, and short
 */
export function bumpFrame(head: ControlBody<'bump'>, news: News | null): Uint8Array {
  const told = news?.rev === head.rev ? tell(news) : undefined
  if (told) {
    const full = controlFrame('bump', { ...head, ...told })
    if (full.length <= bytesMax) return Buffer.from(full)
  }
  return Buffer.from(controlFrame('bump', head))
}

/**
 * The bump for somebody whom messages of this turn call: at once, and with these messages, since it may be the only
 * thing of them that they get to see.
 * @param calls the frames of these messages, oldest first
 */
export function callFrame(
  head: ControlBody<'bump'>,
  news: News | null,
  calls: readonly Uint8Array[],
): Uint8Array {
  const told = news?.rev === head.rev ? tell(news) : undefined
  const messages = calls.slice(0, callsMax).flatMap(frame => bodyOf<Message>(frame) ?? [])
  if (messages.length === calls.length) {
    const full = controlFrame('bump', { ...head, ...told, calls: messages })
    if (full.length <= limits.bundleBytesMax) return Buffer.from(full)
  }
  // Without `since`, whoever gets it asks; what calls them is counted in the answer.
  return bumpFrame(head, null)
}

function tell({ since, last, info }: News): Partial<ControlBody<'bump'>> | undefined {
  const lastBody = last && bodyOf<Message>(last)
  const infoBody = info && bodyOf<ChatEventBody<'info'>>(info)
  if (lastBody === undefined || infoBody === undefined) return undefined
  return { since, ...(lastBody && { last: lastBody }), ...(infoBody && { info: infoBody }) }
}

/** `[2, kind, …]` by its bytes: an array of five, of which the first two are numbers below 128. */
function kindOf(frame: Uint8Array): number | undefined {
  return frame[0] === 0x95 && frame[1] === frameType.chatEvent ? frame[2] : undefined
}

/** The body as this or another process encoded it; undefined if nobody can read it, which must not end a timer. */
function bodyOf<Body>(frame: Uint8Array): Body | undefined {
  try {
    return decode(frame).frame[4] as Body
  } catch {
    return undefined
  }
}
