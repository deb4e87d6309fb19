// Which messages are selected to be forwarded, copied or deleted together; in one chat at a time. Empty: nobody is selecting.

import type { ChatId, Seq } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import { createStore } from './store.ts'

export interface Selection {
  readonly chat: ChatId
  readonly seqs: ReadonlySet<Seq>
  /** The one pressed last, where a range begins. */
  readonly from?: Seq
}

const none: Selection = { chat: 0, seqs: new Set() }
/** The server takes so many at once. */
export const selectedMax = Math.min(limits.seqsPerForwardMax, limits.seqsPerDeleteMax)

export const selection = createStore<Selection>(none)

/** Selects a message, or no longer. @returns false when no more can be selected */
export function toggleSelected(chat: ChatId, seq: Seq): boolean {
  const seqs = selectedIn(chat)
  if (!seqs.delete(seq)) {
    if (seqs.size >= selectedMax) return false
    seqs.add(seq)
  }
  selection.set(seqs.size === 0 ? none : { chat, seqs, from: seq })
  return true
}

/**
 * Selects all from the one pressed last to this one, as many as there is room for.
 * @param all the messages that can be selected, in the order of the chat
 * @returns false when there was no room for all of them
 */
export function selectRange(chat: ChatId, to: Seq, all: readonly Seq[]): boolean {
  const seqs = selectedIn(chat)
  const now = selection.get()
  const from = now.chat === chat ? (now.from ?? to) : to
  const range = all.filter(seq => seq >= Math.min(from, to) && seq <= Math.max(from, to))
  // Nearest to where it began first.
  const wanted = (from <= to ? range : range.reverse()).filter(seq => !seqs.has(seq))
  const room = selectedMax - seqs.size
  for (const seq of wanted.slice(0, room)) seqs.add(seq)
  selection.set({ chat, seqs, from: to })
  return wanted.length <= room
}

/** Those that are gone meanwhile are selected no longer. */
export function keepSelected(chat: ChatId, exists: (seq: Seq) => boolean): void {
  const now = selection.get()
  if (now.chat !== chat || [...now.seqs].every(exists)) return
  const seqs = new Set([...now.seqs].filter(exists))
  selection.set(seqs.size === 0 ? none : { ...now, seqs })
}

export function stopSelecting(): void {
  selection.set(none)
}

function selectedIn(chat: ChatId): Set<Seq> {
  const now = selection.get()
  return new Set(now.chat === chat ? now.seqs : [])
}

/** In the order of the chat. */
export function selectedSeqs({ seqs }: Selection): Seq[] {
  return [...seqs].sort((a, b) => a - b)
}
