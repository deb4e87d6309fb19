// What the load generator must know of a server's protocol: how to enter, how to say something, and how to find
// in a received WebSocket frame which message it carries. One dialect a server; all share wire.ts and the loads.

import type { Endpoint, Wire } from './wire.ts'

/** One simulated person: a token for the server and the room they talk in. */
export interface Member {
  /** What the server takes as proof, in its dialect's words: an access token, a name. */
  token: string
  /** Number of the room: a chat's id for ours, the n-th room for peers. */
  room: number
}

/** How many bytes of text every message of every server carries. */
export const textBytes = 80

/**
 * The text of message `index`: its number in ten digits, then filler. Frames carry it as it is, so a receiver
 * finds the number at a fixed distance from the text's end.
 */
export const indexDigits = 10

/** What a received frame was: a message's number, an answer's number, or neither. */
export const seen = {
  /** `index` of a message that arrived: 0 ≤ n. */
  message: 1,
  /** `index` of a message whose sender was told that it is taken. */
  ack: 2,
  /** Refused by the server: counted as an error. */
  refused: 3,
  other: 0,
} as const

/** Where a dialect puts what it read; one object for all frames, so that nothing is allocated per delivery. */
export interface Reading {
  kind: (typeof seen)[keyof typeof seen]
  index: number
}

export interface Dialect extends Endpoint {
  /** Whether the sender itself gets its message back as a delivery. */
  echoes: boolean
  /** Whether the server tells the sender that a message was taken. */
  acks: boolean
  /**
   * Signs in, joins the room, and resolves when the member gets what is said there. Sets `wire.onFrame` while it
   * needs answers; the load sets its own afterwards.
   * @throws Error with the server's words when it refuses
   */
  enter(wire: Wire, member: Member): Promise<void>
  /** A maker of finished frames (see clientFrame) for this member; called once per member, the result per message. */
  speaker(member: Member): (index: number) => Buffer
  /** HOT: per received frame. Payload is `bytes[start, end)`; valid only during the call. */
  read(bytes: Buffer, start: number, end: number, into: Reading): void
}

/** HOT: per message. Writes a message's number where its text begins. */
export function writeIndex(frame: Buffer, at: number, index: number): void {
  let rest = index
  for (let digit = indexDigits - 1; digit >= 0; digit--) {
    frame[at + digit] = 48 + (rest % 10)
    rest = Math.floor(rest / 10)
  }
}

/** HOT: per delivery. The number at the begin of a text. */
export function readIndex(bytes: Buffer, at: number): number {
  let index = 0
  for (let digit = 0; digit < indexDigits; digit++) {
    index = index * 10 + ((bytes[at + digit] as number) - 48)
  }
  return index
}
