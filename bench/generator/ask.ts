// Requests over the sockets of a crowd that are no messages: pages of history, the chat list, what is on screen;
// and counting whatever frames a post makes the server send. For Petrel's own protocol only.

import { setTimeout as sleep } from 'node:timers/promises'
import { encode, frameType } from '#shared/protocol/codec.ts'
import { type OpName, ops } from '#shared/protocol/ops.ts'
import type { Crowd, Seat } from './crowd.ts'
import { type Reading, seen } from './dialect.ts'
import { decodeFrame, otherRefs } from './dialects/petrel.ts'
import { Latencies, type Latency } from './latency.ts'
import { type OnMark, takeIndex } from './load.ts'
import { clientFrame, read } from './wire.ts'

const array3 = 0x93
const uint32 = 0xce
const patienceMs = 10_000
const pauseMs = 50

/** A finished request. @param nth its ref is this above `otherRefs`, so that no load takes its answer for a message's */
export function requestFrame(op: OpName, nth: number, body: object): Buffer {
  return clientFrame(encode([ops[op].op, otherRefs + nth, body]), 'binary')
}

/** HOT: per received frame. Which request (its `nth`) this answers, or −1 for any other frame. */
export function answered(bytes: Buffer, start: number): number {
  // Refs from 2^31 on always take the form of four bytes.
  if (bytes[start] !== array3 || bytes[start + 2] !== uint32) return -1
  const type = bytes[start + 1]
  if (type !== frameType.result && type !== frameType.error) return -1
  return bytes.readUInt32BE(start + 3) - otherRefs
}

/** The code of an answer that is an error, or null. */
export function refusal(bytes: Buffer, start: number, end: number): string | null {
  if (bytes[start + 1] !== frameType.error) return null
  const [, , body] = decodeFrame(bytes, start, end) as [number, number, { code: string }]
  return body.code
}

export interface Asks {
  op: OpName
  /** Each is sent once, by the member with this token. */
  asks: { token: string; body: object }[]
  /** Requests on their way at all times. */
  atOnce: number
}

export interface Asked {
  latency: Latency
  /** Of all answers. */
  bytes: number
}

/** @throws Error when a request is refused, or not answered within 10 s */
export async function ask(crowd: Crowd, { op, asks, atOnce }: Asks): Promise<Asked> {
  const seats = new Map(crowd.seats.map(seat => [seat.member.token, seat]))
  const waiting = new Map<number, (refused: string | null) => void>()
  const latencies = new Latencies()
  let received = 0
  for (const { wire } of seats.values()) {
    wire.onFrame = (bytes, start, end) => {
      const nth = answered(bytes, start)
      if (nth < 0) return
      received += end - start
      waiting.get(nth)?.(refusal(bytes, start, end))
    }
  }
  let next = 0
  const work = async () => {
    for (let nth = next++; nth < asks.length; nth = next++) {
      const { token, body } = asks[nth] as Asks['asks'][number]
      const seat = seats.get(token)
      if (!seat) throw new Error('nobody in this crowd has that token')
      const beganMs = performance.now()
      await answer(waiting, nth, op, () => seat.wire.write(requestFrame(op, nth, body)))
      latencies.add(read.atMs - beganMs)
    }
  }
  try {
    await Promise.all(Array.from({ length: Math.min(atOnce, asks.length) }, work))
  } finally {
    silence(crowd.seats)
  }
  return { latency: latencies.summary, bytes: received }
}

function answer(
  waiting: Map<number, (refused: string | null) => void>,
  nth: number,
  op: OpName,
  send: () => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(
      () => reject(new Error(`${op} was not answered within ${patienceMs / 1000} s`)),
      patienceMs,
    )
    waiting.set(nth, refused => {
      clearTimeout(late)
      waiting.delete(nth)
      if (refused === null) resolve()
      else reject(new Error(`${op} was refused: ${refused}`))
    })
    send()
  })
}

export interface Posting {
  /** By the first seat. */
  perS: number
  seconds: number
}

export interface Heard {
  posts: number
  acked: number
  /** That all other seats received, whatever they said. */
  frames: number
}

/** Posts, and counts what the others get of it, which need not be the messages themselves. */
export async function listen(
  crowd: Crowd,
  { perS, seconds }: Posting,
  onMark: OnMark,
): Promise<Heard> {
  const heard: Heard = { posts: 0, acked: 0, frames: 0 }
  const reading: Reading = { kind: seen.other, index: 0 }
  const [first, ...others] = crowd.seats as [Seat, ...Seat[]]
  first.wire.onFrame = (bytes, start, end) => {
    crowd.dialect.read(bytes, start, end, reading)
    if (reading.kind === seen.ack) heard.acked++
  }
  for (const { wire } of others) {
    wire.onFrame = () => {
      heard.frames++
    }
  }
  onMark('begin')
  const beganMs = performance.now()
  const overMs = beganMs + seconds * 1000
  for (let dueMs = beganMs; dueMs < overMs; dueMs = beganMs + (heard.posts / perS) * 1000) {
    await sleep(dueMs - performance.now())
    first.wire.write(first.say(takeIndex()))
    heard.posts++
  }
  await sleep(overMs - performance.now())
  onMark('end')
  for (
    const lateMs = overMs + patienceMs;
    heard.acked < heard.posts && performance.now() < lateMs;
  )
    await sleep(pauseMs)
  // What the last post made the server send comes about when its answer does.
  await sleep(pauseMs)
  silence(crowd.seats)
  return heard
}

function silence(seats: readonly Seat[]): void {
  for (const { wire } of seats) wire.onFrame = () => undefined
}
