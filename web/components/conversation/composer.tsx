// Where messages are written. Enter sends, Shift+Enter breaks the line. The text leaves the field only when the
// SDK has taken it into its outbox, or the edit is stored.

import { type FormEvent, type KeyboardEvent, useEffect, useRef } from 'react'
import type { PetrelClient } from '#client/index.ts'
import type { ChatView, ChatWindow } from '#client/types.ts'
import { AppError } from '#shared/protocol/codes.ts'
import type { ChatId, Rid } from '#shared/protocol/ids.ts'
import { useAction } from '../../hooks/use-action.ts'
import { useMessageMax } from '../../hooks/use-message-max.ts'
import { text } from '../../locales/index.ts'
import { useClient } from '../../state/client-context.ts'
import { clearDraft, draftOf, drafts, restore, stopExtra, write } from '../../state/drafts.ts'
import { sentenceOf } from '../../state/failure.ts'
import { notifyUnlessOffline } from '../../state/notices.ts'
import { useStore } from '../../state/store.ts'
import { ErrorLine } from '../parts/error-line.tsx'
import { Icon } from '../parts/icon.tsx'
import { ComposerExtra } from './composer-extra.tsx'

export function Composer({ view, window }: { view: ChatView; window: ChatWindow }) {
  const client = useClient()
  const { id } = view.chat
  const field = useRef<HTMLTextAreaElement>(null)
  const action = useAction()
  const draft = useStore(drafts, all => draftOf(all, id))
  const value = draft.edit?.text ?? draft.text
  const over = value.trim().length - useMessageMax()
  const ready = value.trim() !== '' && over <= 0 && !action.busy
  useGrowing(field, value)
  useEffect(() => {
    if (matchMedia('(hover: hover)').matches) field.current?.focus()
  }, [])

  const submit = (event?: FormEvent) => {
    event?.preventDefault()
    if (!ready) return
    const words = value.trim()
    const { edit, reply } = draft
    if (edit) return action.run(() => client.edit(id, edit.seq, words).then(() => stopExtra(id)))
    const { rid, sent } = client.send(id, words, reply === undefined ? {} : { reply })
    clearDraft(id)
    action.setError(null)
    // Somebody who reads the past goes to the end, where their message is.
    if (window.moreAfter) client.jumpTo(id, view.chat.seq).catch(notifyUnlessOffline)
    sent.catch(failure => {
      // A message in the outbox shows by itself why it failed; one that never got there comes back.
      if (isStopped(failure) || isShown(client, id, rid)) return
      restore(id, draft)
      action.setError(sentenceOf(failure))
    })
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && !event.shiftKey && !event.nativeEvent.isComposing) {
      event.preventDefault()
      submit()
    } else if (event.key === 'Escape' && (draft.edit || draft.reply)) stopExtra(id)
  }

  return (
    <form className="composer" onSubmit={submit}>
      <ComposerExtra chat={id} draft={draft} window={window} />
      <ErrorLine error={over > 0 ? text.talk.tooLong(over) : action.error} />
      <div className="composer-line">
        <textarea
          ref={field}
          rows={1}
          aria-label={text.talk.placeholder}
          placeholder={text.talk.placeholder}
          data-testid="composer"
          enterKeyHint="send"
          value={value}
          onKeyDown={onKeyDown}
          onChange={event => {
            write(id, event.target.value)
            if (!draft.edit && event.target.value !== '') client.typing(id)
          }}
        />
        <button
          type="submit"
          className="send"
          aria-label={draft.edit ? text.talk.saveEdit : text.talk.send}
          data-testid="send"
          disabled={!ready}
        >
          <Icon name={draft.edit ? 'check' : 'send'} />
        </button>
      </div>
    </form>
  )
}

/** Makes the field as high as its text; the style sheet sets the bound. */
function useGrowing(field: { current: HTMLTextAreaElement | null }, value: string): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: the height depends on the text.
  useEffect(() => {
    const element = field.current
    if (!element) return
    element.style.height = 'auto'
    const borders = element.offsetHeight - element.clientHeight
    element.style.height = `${element.scrollHeight + borders}px`
  }, [field, value])
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
