// What is being written in each chat, as Markdown: text, the message replied to, or the message being edited. Kept in memory
// for the life of the page, so switching chats or a failed send loses nothing; hooks/use-draft.ts keeps it equal to the
// draft that the SDK shares with the user's other devices.

import { fromMarkdown, toMarkdown } from '#client/index.ts'
import type { MessageView, Draft as SharedDraft } from '#client/types.ts'
import type { ChatId, Seq } from '#shared/protocol/ids.ts'
import { createStore } from './store.ts'

export interface Draft {
  text: string
  reply?: Seq
  /** The part of that message which the answer is about; on this device only. */
  quote?: NonNullable<MessageView['quote']>
  /** While a message is edited, `text` waits untouched. */
  edit?: { seq: Seq; text: string; was: string }
}

const empty: Draft = { text: '' }

export const drafts = createStore<ReadonlyMap<ChatId, Draft>>(new Map())

/** The chat whose draft came over a reload and is not told yet: what is shared of it is older. */
let ahead: ChatId | null = null

export function draftOf(all: ReadonlyMap<ChatId, Draft>, chat: ChatId): Draft {
  return all.get(chat) ?? empty
}

/** Takes up what the page held before it was loaded anew. @param open the chat in which somebody was writing */
export function takeUp(held: Iterable<[ChatId, Draft]>, open: ChatId | null): void {
  drafts.set(new Map(held))
  ahead = open !== null && drafts.get().has(open) ? open : null
}

export function isAhead(chat: ChatId): boolean {
  return ahead === chat
}

/** The shared draft of the chat is as new as the one here. */
export function caughtUp(chat: ChatId): void {
  if (ahead === chat) ahead = null
}

/** Changes the field that the composer shows: the edited text while editing, else the draft's. */
export function write(chat: ChatId, text: string): void {
  update(chat, draft =>
    draft.edit ? { ...draft, edit: { ...draft.edit, text } } : { ...draft, text },
  )
}

export function startReply(chat: ChatId, reply: Seq, quote?: Draft['quote']): void {
  update(chat, ({ text }) => ({ text, reply, ...(quote && { quote }) }))
}

export function startEdit(chat: ChatId, { seq, text, ents }: MessageView): void {
  if (seq === undefined) return
  const source = toMarkdown(text, ents)
  update(chat, draft => ({ ...draft, edit: { seq, text: source, was: source } }))
}

/** Ends the edit, else the reply, and keeps the text of the draft. */
export function stopExtra(chat: ChatId): void {
  update(chat, ({ edit, ...draft }) => (edit ? draft : { text: draft.text }))
}

/** An edit was stored: it ends, unless the field holds another one by now, or what was written at this one since. */
export function edited(chat: ChatId, { seq, text: was }: NonNullable<Draft['edit']>): void {
  update(chat, draft => {
    const { edit, ...rest } = draft
    if (edit?.seq !== seq) return draft
    return edit.text === was ? rest : { ...rest, edit: { ...edit, was } }
  })
}

export function clearDraft(chat: ChatId): void {
  update(chat, () => empty)
}

/** Puts a draft back that could not be sent, unless something else is being written already. */
export function restore(chat: ChatId, draft: Draft): void {
  update(chat, current => (current.text === '' ? draft : current))
}

/** Takes over what was written on another device. */
export function takeShared(chat: ChatId, shared: SharedDraft | undefined): void {
  update(chat, draft => ({
    ...(draft.edit && { edit: draft.edit }),
    text: sourceOf(shared),
    ...(shared?.reply !== undefined && { reply: shared.reply }),
    ...(draft.quote && shared?.reply === draft.reply && { quote: draft.quote }),
  }))
}

/** Markdown of a shared draft. */
export function sourceOf(shared: SharedDraft | undefined): string {
  if (!shared) return ''
  return shared.ents?.length ? toMarkdown(shared.text, shared.ents) : shared.text
}

/** What the other devices are told: with formatting where that gives the same Markdown again, else as it was typed. */
export function sharedOf({ text, reply }: Draft): Omit<SharedDraft, 'at'> | null {
  if (text.trim() === '' && reply === undefined) return null
  const formatted = fromMarkdown(text)
  const isSame = formatted.ents.length > 0 && toMarkdown(formatted.text, formatted.ents) === text
  return { ...(isSame ? formatted : { text }), ...(reply !== undefined && { reply }) }
}

export function resetDrafts(): void {
  drafts.set(new Map())
  ahead = null
}

function update(chat: ChatId, change: (draft: Draft) => Draft): void {
  const next = new Map(drafts.get())
  next.set(chat, change(draftOf(next, chat)))
  drafts.set(next)
}
