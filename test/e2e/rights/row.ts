// A row of the rights matrix: the body of a request, and what is answered to each of those who ask in each kind of chat.

import type { OpIn, OpName } from '#shared/protocol/ops.ts'
import type { Place } from '#test/helpers/matrix-world.ts'

/** What is answered, in one letter; `.` where there is no such case. */
export const letters: Record<string, string> = {
  '+': 'ok',
  F: 'forbidden',
  N: 'not_found',
  C: 'conflict',
  R: 'bad_request',
}

/** What else a body may need. */
export interface Around {
  /** Somebody who is in none of the chats. */
  nobody: number
  /** Saved messages of whoever asks, to forward to, and a message there. */
  saved: { chat: number; seq: number }
  /** A group and a channel that whoever asks owns. */
  ownGroup: number
  ownChannel: number
}

export interface Row<Name extends OpName> {
  body(place: Place, around: Around): OpIn<Name>
  /** By roomColumns. */
  group: string
  channel: string
  /** By directColumns. */
  direct: string
  /** By savedColumns. */
  saved: string
  /** Of a seq that the chat does not have: the answer, else there is none in the body. */
  stale?: string
  public?: true
  scheduled?: true
}

export type Rows = { [Name in OpName]?: Row<Name> | Record<string, Row<Name>> }

/** Whoever reads the chat. */
export const readers = {
  group: '+ + + + + N N N',
  channel: '+ + + + . N N N',
  direct: '+ + + + + N',
  saved: '+ N',
}
/** With a right that members of a group have, and of a channel only those to whom it was given. */
export const writers = {
  group: '+ + + + F N N N',
  channel: '+ + F F . N N N',
  direct: '+ F F F F N',
  saved: '+ N',
}
/** The same, and who talks about whether to talk. */
export const greeters = { ...writers, direct: '+ F F + + N' }
/** With a right that has to be given. */
export const trusted = {
  group: '+ + F F F N N N',
  channel: '+ + F F . N N N',
  direct: 'C C C C C N',
  saved: 'C N',
}
/** Whoever asks, it is not there for them. */
export const noOne = {
  group: 'N N N N N N N N',
  channel: 'N N N N . N N N',
  direct: 'N N N N N N',
  saved: 'N N',
}
