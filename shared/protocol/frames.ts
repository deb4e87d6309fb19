// Builders of each server frame, so that no other file knows the order of its elements.

import { encode, frameType } from './codec.ts'
import { type AppError, type ErrorCode, errorCodes } from './codes.ts'
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
} from './events.ts'
import type { ChatId, Rev, Urev } from './ids.ts'

/** Each returns a view into the encoder's slab; copy it before keeping it (codec.ts). */
export function resultFrame(ref: number, result: unknown): Uint8Array {
  return encode([frameType.result, ref, result])
}

export function errorFrame(ref: number, error: AppError): Uint8Array {
  const body: { code: ErrorCode; message: string; retryMs?: number } = {
    code: error.code,
    message: error.detail ?? errorCodes[error.code].message,
  }
  if (error.retryMs !== undefined) body.retryMs = Math.ceil(error.retryMs)
  return encode([frameType.error, ref, body])
}

export function chatFrame<Name extends ChatEventName>(
  name: Name,
  chat: ChatId,
  rev: Rev,
  body: ChatEventBody<Name>,
): Uint8Array {
  return encode([frameType.chatEvent, chatEvents[name].kind, chat, rev, body])
}

export function userFrame<Name extends UserEventName>(
  name: Name,
  urev: Urev,
  body: UserEventBody<Name>,
): Uint8Array {
  return encode([frameType.userEvent, userEvents[name].kind, urev, body])
}

export function ephemeralFrame<Name extends EphemeralName>(
  name: Name,
  body: EphemeralBody<Name>,
): Uint8Array {
  return encode([frameType.ephemeral, ephemerals[name].kind, body])
}

export function controlFrame<Name extends ControlName>(
  name: Name,
  body: ControlBody<Name>,
): Uint8Array {
  return encode([frameType.control, controls[name].kind, body])
}
