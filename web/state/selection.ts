// Which messages are selected to be forwarded, copied or deleted together; in one chat at a time. Empty: nobody is selecting.

import type { ChatId, Seq } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import { createStore } from './store.ts'

export interface Selection {
  readonly chat: ChatId
  readonly seqs: ReadonlySet<Seq>
}

const none: Selection = { chat: 0, seqs: new Set() }
const selectedMax = Math.min(limits.seqsPerForwardMax, limits.seqsPerDeleteMax)

export const selection = createStore<Selection>(none)

/** Selects a message, or no longer. @returns false when no more can be selected */
export function toggleSelected(chat: ChatId, seq: Seq): boolean {
  const now = selection.get()
  const seqs = new Set(now.chat === chat ? now.seqs : [])
  if (!seqs.delete(seq)) {
    if (seqs.size >= selectedMax) return false
    seqs.add(seq)
  }
  selection.set(seqs.size === 0 ? none : { chat, seqs })
  return true
}

/** Those that are gone meanwhile are selected no longer. */
export function keepSelected(chat: ChatId, exists: (seq: Seq) => boolean): void {
  const now = selection.get()
  if (now.chat !== chat || [...now.seqs].every(exists)) return
  const seqs = new Set([...now.seqs].filter(exists))
  selection.set(seqs.size === 0 ? none : { chat, seqs })
}

export function stopSelecting(): void {
  selection.set(none)
}

/** In the order of the chat. */
export function selectedSeqs({ seqs }: Selection): Seq[] {
  return [...seqs].sort((a, b) => a - b)
}
