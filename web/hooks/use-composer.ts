// What a composer does with what was written: sends it, silently or later, or stores the edit. What was typed leaves the field
// only when the SDK has taken it over, and comes back when that fails.

import { useMemo } from 'react'
import { fromMarkdown, type PetrelClient } from '#client/index.ts'
import type { ChatView, ChatWindow, SendOptions } from '#client/types.ts'
import { AppError } from '#shared/protocol/codes.ts'
import type { ChatId, Rid } from '#shared/protocol/ids.ts'
import { useClient } from '../state/client-context.ts'
import { clearDraft, type Draft, edited, restore, stopExtra } from '../state/drafts.ts'
import { sentenceOf } from '../state/failure.ts'
import { notifyUnlessOffline } from '../state/notices.ts'
import { type Action, useAction } from './use-action.ts'
import { useMessageMax } from './use-message-max.ts'

export interface ComposerActs {
  /** Characters that are left; below 0 it is too long. */
  left: number
  ready: boolean
  action: Action
  submit(options?: Pick<SendOptions, 'silent' | 'noPreview'>): void
  /** @throws AppError; the text stays then */
  schedule(at: number): Promise<void>
}

export function useComposer(view: ChatView, window: ChatWindow, draft: Draft): ComposerActs {
  const client = useClient()
  const { id } = view.chat
  const action = useAction()
  const max = useMessageMax()
  const source = draft.edit?.text ?? draft.text
  const written = useMemo(() => formattedOf(source), [source])
  const left = max - written.text.length
  const ready = written.text.trim() !== '' && left >= 0 && !action.busy
  const { edit, reply, quote } = draft
  const ents = written.ents.length > 0 ? { ents: written.ents } : {}
  const answer = reply === undefined ? {} : { reply, ...(quote && { quote }) }

  const submit: ComposerActs['submit'] = options => {
    if (!ready) return
    if (edit) {
      if (edit.text === edit.was) return stopExtra(id)
      const save = () => client.edit(id, edit.seq, written.text, written.ents)
      return action.run(() => save().then(() => edited(id, edit)))
    }
    const { rid, sent } = client.send(id, written.text, { ...ents, ...answer, ...options })
    clearDraft(id)
    action.setError(null)
    // Somebody who reads the past goes to the end, where their message is.
    if (window.moreAfter) client.toNewest(id).catch(notifyUnlessOffline)
    sent.catch(failure => {
      // A message in the outbox shows by itself why it failed; one that never got there comes back.
      if (isStopped(failure) || isShown(client, id, rid)) return
      restore(id, draft)
      action.setError(sentenceOf(failure))
    })
  }
  const schedule = async (at: number) => {
    await client.scheduled.add(id, written.text, at, { ...ents, ...answer })
    clearDraft(id)
  }
  return { left, ready, action, submit, schedule }
}

/** Text and formatting; a text of marks alone is sent as it is. */
function formattedOf(source: string): ReturnType<typeof fromMarkdown> {
  const words = source.trim()
  const formatted = fromMarkdown(words)
  return formatted.text.trim() === '' ? { text: words, ents: [] } : formatted
}

function isShown(client: PetrelClient, chat: ChatId, rid: Rid): boolean {
  const { chats, windows } = client.getSnapshot()
  const newest = chats.find(view => view.chat.id === chat)?.last
  return newest?.rid === rid || !!windows.get(chat)?.messages.some(message => message.rid === rid)
}

/** The client was stopped, as by signing out: the outbox keeps the message for this person's return. */
function isStopped(failure: unknown): boolean {
  return failure instanceof AppError && failure.code === 'timeout'
}
