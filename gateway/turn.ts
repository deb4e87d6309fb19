// The events of one chat in one turn of the event loop, as the hub needs them: joined to few messages, by whose
// connection they came from, and by whom they call. Pure.

import type { UserId } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import type { ChatEvent } from './ring.ts'

/** The frames of events one behind the other, cut into messages of at most `limits.bundleBytesMax`. */
export function bundle(turn: readonly ChatEvent[]): Uint8Array[] {
  if (turn.length === 1) return [(turn[0] as ChatEvent).frame]
  const bundles: Uint8Array[] = []
  let frames: Uint8Array[] = []
  let bytes = 0
  for (const { frame } of turn) {
    if (frames.length > 0 && bytes + frame.length > limits.bundleBytesMax) {
      bundles.push(Buffer.concat(frames, bytes))
      frames = []
      bytes = 0
    }
    frames.push(frame)
    bytes += frame.length
  }
  bundles.push(Buffer.concat(frames, bytes))
  return bundles
}

/** Connections that get the answer instead of the event; null when there is none. */
export function originsOf(turn: readonly ChatEvent[]): Set<string> | null {
  let origins: Set<string> | null = null
  for (const { origin } of turn) {
    if (origin === undefined) continue
    origins ??= new Set()
    origins.add(origin)
  }
  return origins
}

/** Whom messages of this turn call, with the frames of these; null when they call nobody. */
export function callsOf(turn: readonly ChatEvent[]): Map<UserId, Uint8Array[]> | null {
  let calls: Map<UserId, Uint8Array[]> | null = null
  for (const { called, frame } of turn) {
    if (!called) continue
    calls ??= new Map()
    for (const user of called) {
      const frames = calls.get(user)
      if (frames) frames.push(frame)
      else calls.set(user, [frame])
    }
  }
  return calls
}
