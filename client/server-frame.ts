// Bytes from the server → tagged frames and checked event bodies. What cannot be read is `null`,
// never an exception: the caller counts it and goes on.

import type * as z from 'zod'
import { decodeEach, frameType } from '#shared/protocol/codec.ts'
import { AppError, type ErrorCode, errorCodes } from '#shared/protocol/codes.ts'
import {
  type ChatEventBody,
  type ChatEventName,
  type ControlBody,
  type ControlName,
  chatEvents,
  controls,
  type EphemeralBody,
  type EphemeralName,
  ephemerals,
  type UserEventBody,
  type UserEventName,
  userEvents,
} from '#shared/protocol/events.ts'
import type { ChatId, Rev, Urev } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'

export type ServerFrame =
  | { type: 'result'; ref: number; result: unknown }
  | { type: 'error'; ref: number; error: AppError }
  | { type: 'chat'; kind: number; chat: ChatId; rev: Rev; body: unknown }
  | { type: 'user'; kind: number; urev: Urev; body: unknown }
  | { type: 'ephemeral'; kind: number; body: unknown }
  | { type: 'control'; kind: number; body: unknown }

/** A sync page of 100 chats with their last messages has more items than any request may have. */
export const scanWithin = { depthMax: 2 * limits.frameLevelsMax, itemsMax: 256 * 1024 }

/**
 * @returns the frames of one message in order; null stands for what is no frame of this protocol, which spoils none
 *   of the others: what it held is missed by its rev
 */
export function readServerFrames(bytes: Uint8Array): (ServerFrame | null)[] {
  return decodeEach(bytes, scanWithin).map(frame => frame && shape(frame))
}

function shape(frame: unknown[]): ServerFrame | null {
  const [type, a, b, c, d] = frame
  if (!isCounter(a)) return null
  switch (type) {
    case frameType.result:
      return { type: 'result', ref: a, result: b }
    case frameType.error:
      return { type: 'error', ref: a, error: toAppError(b) }
    case frameType.chatEvent:
      if (!isCounter(b) || !isCounter(c)) return null
      return { type: 'chat', kind: a, chat: b, rev: c, body: d }
    case frameType.userEvent:
      return isCounter(b) ? { type: 'user', kind: a, urev: b, body: c } : null
    case frameType.ephemeral:
      return { type: 'ephemeral', kind: a, body: b }
    case frameType.control:
      return { type: 'control', kind: a, body: b }
    default:
      return null
  }
}

function isCounter(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function toAppError(body: unknown): AppError {
  const { code, message, retryMs } = (body ?? {}) as Record<string, unknown>
  return new AppError(toErrorCode(code) ?? 'internal', {
    ...(typeof message === 'string' && { detail: message }),
    ...(typeof retryMs === 'number' && { retryMs }),
  })
}

/** The code if this version of the table has it. */
export function toErrorCode(code: unknown): ErrorCode | undefined {
  return typeof code === 'string' && Object.hasOwn(errorCodes, code)
    ? (code as ErrorCode)
    : undefined
}

/** A checked event body with its name; `unknown` is a kind of a later version, `bad` a body that does not fit. */
export type Named<Bodies> =
  | { [Name in keyof Bodies]: { name: Name; body: Bodies[Name] } }[keyof Bodies]
  | { name: 'unknown' }
  | { name: 'bad' }

export type ChatChange = Named<{ [Name in ChatEventName]: ChatEventBody<Name> }>
export type UserChange = Named<{ [Name in UserEventName]: UserEventBody<Name> }>
export type Ephemeral = Named<{ [Name in EphemeralName]: EphemeralBody<Name> }>
export type Control = Named<{ [Name in ControlName]: ControlBody<Name> }>

export const readChatChange = reader<ChatChange>(chatEvents)
export const readUserChange = reader<UserChange>(userEvents)
export const readEphemeral = reader<Ephemeral>(ephemerals)
export const readControl = reader<Control>(controls)

function reader<Result>(table: Record<string, { kind: number; body: z.ZodType }>) {
  const byKind: ([name: string, body: z.ZodType] | undefined)[] = []
  for (const [name, { kind, body }] of Object.entries(table)) byKind[kind] = [name, body]
  /** HOT: per inbound event. */
  return (kind: number, body: unknown): Result => {
    const event = byKind[kind]
    if (!event) return { name: 'unknown' } as Result
    const parsed = event[1].safeParse(body)
    return (parsed.success ? { name: event[0], body: parsed.data } : { name: 'bad' }) as Result
  }
}
