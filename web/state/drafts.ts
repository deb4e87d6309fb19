// What is being written in each chat: text, the message replied to, or the message being edited. Kept in memory
// for the life of the page, so switching chats or a failed send loses nothing.

import type { ChatId, Seq } from '#shared/protocol/ids.ts'
import { createStore } from './store.ts'

export interface Draft {
  text: string
  reply?: Seq
  /** While a message is edited, `text` waits untouched. */
  edit?: { seq: Seq; text: string }
}

const empty: Draft = { text: '' }

export const drafts = createStore<ReadonlyMap<ChatId, Draft>>(new Map())

export function draftOf(all: ReadonlyMap<ChatId, Draft>, chat: ChatId): Draft {
  return all.get(chat) ?? empty
}

/** Changes the field that the composer shows: the edited text while editing, else the draft's. */
export function write(chat: ChatId, text: string): void {
  update(chat, draft =>
    draft.edit ? { ...draft, edit: { ...draft.edit, text } } : { ...draft, text },
  )
}

export function startReply(chat: ChatId, reply: Seq): void {
  update(chat, ({ text }) => ({ text, reply }))
}

export function startEdit(chat: ChatId, seq: Seq, text: string): void {
  update(chat, draft => ({ ...draft, edit: { seq, text } }))
}

/** Ends reply or edit and keeps the text of the draft. */
export function stopExtra(chat: ChatId): void {
  update(chat, ({ text }) => ({ text }))
}

export function clearDraft(chat: ChatId): void {
  update(chat, () => empty)
}

/** Puts a draft back that could not be sent, unless something else is being written already. */
export function restore(chat: ChatId, draft: Draft): void {
  update(chat, current => (current.text === '' ? draft : current))
}

export function resetDrafts(): void {
  drafts.set(new Map())
}

function update(chat: ChatId, change: (draft: Draft) => Draft): void {
  const next = new Map(drafts.get())
  const draft = change(draftOf(next, chat))
  if (draft === empty) next.delete(chat)
  else next.set(chat, draft)
  drafts.set(next)
}
