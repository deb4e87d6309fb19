// Short messages at the edge of the window, for failures that belong to no form.

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
  const sentence = sentenceOf(failure)
  const others = notices.get().filter(notice => notice.sentence !== sentence)
  lastId += 1
  notices.set([...others, { id: lastId, sentence }].slice(-noticesMax))
}

export function dismiss(id: number): void {
  notices.set(notices.get().filter(notice => notice.id !== id))
}
