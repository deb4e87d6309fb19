// Short messages at the edge of the window, for failures that belong to no form.

import { AppError } from '#shared/protocol/codes.ts'
import { sentenceOf } from './failure.ts'
import { createStore } from './store.ts'

export interface Notice {
  id: number
  sentence: string
}

const noticesMax = 3
let lastId = 0

export const notices = createStore<readonly Notice[]>([])

export function notify(failure: unknown): void {
  say(sentenceOf(failure))
}

export function say(sentence: string): void {
  const others = notices.get().filter(notice => notice.sentence !== sentence)
  lastId += 1
  notices.set([...others, { id: lastId, sentence }].slice(-noticesMax))
}

/** For work that is simply tried again later: the banner tells of the lost connection. */
export function notifyUnlessOffline(failure: unknown): void {
  if (!(failure instanceof AppError && failure.code === 'timeout')) notify(failure)
}

export function dismiss(id: number): void {
  notices.set(notices.get().filter(notice => notice.id !== id))
}
