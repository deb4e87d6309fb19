// Large messages beside those that are measured: they fill the buffers of readers who stopped. Everybody in the room
// gets them, no load counts them. For Petrel's own protocol only.

import { randomInt } from 'node:crypto'
import { encode } from '#shared/protocol/codec.ts'
import { plans } from '#shared/protocol/limits.ts'
import { ops } from '#shared/protocol/ops.ts'
import type { Crowd } from './crowd.ts'
import { otherRefs } from './dialects/petrel.ts'
import { clientFrame } from './wire.ts'

const tickMs = 20
/** As long as a free plan allows, of characters that take three bytes each. */
const text = '\u20ac'.repeat(plans.free.messageCharsMax)
const timers = new Map<Crowd, NodeJS.Timeout>()

/** Of one such message. */
export const ballastBytes = Buffer.byteLength(text)

/** Seats of the crowd take turns. @param perS messages a second; 0 ends it */
export function setBallast(crowd: Crowd, perS: number): void {
  clearInterval(timers.get(crowd))
  timers.delete(crowd)
  if (perS === 0) return
  let sent = 0
  let due = 0
  const timer = setInterval(() => {
    for (due += (perS * tickMs) / 1000; due >= 1; due--) {
      const seat = crowd.seats[(sent * stride) % crowd.seats.length]
      const chat = seat?.member.room
      const body = { chat, rid: randomInt(2 ** 47), text }
      seat?.wire.write(clientFrame(encode([ops.send.op, otherRefs + sent++, body]), 'binary'))
    }
  }, tickMs)
  timers.set(crowd, timer)
}

/** Not the next seat but one far away, so that all rooms get their share soon: prime, and larger than a group. */
const stride = 211
