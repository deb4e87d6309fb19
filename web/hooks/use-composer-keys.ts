// The keys of a composer: send, break the line, format, choose a completion, edit the last own message, give up an edit.

import type { KeyboardEvent, RefObject } from 'react'
import type { ChatView, ChatWindow } from '#client/types.ts'
import { applyChange } from '../state/apply-change.ts'
import { useMyId } from '../state/client-context.ts'
import { linkOf, replaceWith, toggleMark } from '../state/composer-text.ts'
import { openPanel } from '../state/conversation-panel.ts'
import { type Draft, startEdit, stopExtra } from '../state/drafts.ts'
import { mayEdit } from '../state/message-rights.ts'
import { settings } from '../state/settings.ts'
import { formatKeys } from '../state/shortcuts.ts'
import type { Completion } from './use-completion.ts'

interface Input {
  view: ChatView
  window: ChatWindow
  draft: Draft
  field: RefObject<HTMLTextAreaElement | null>
  completion: Completion
  submit(): void
}

/** By the place of the key, so that they work in every script. */
const formats = new Map(
  Object.entries(formatKeys).map(([name, keys]) => [
    keys.replace('Mod+', '').replace(/.$/, 'Key$&'),
    name as keyof typeof formatKeys,
  ]),
)

export function useComposerKeys({ view, window, draft, field, completion, submit }: Input) {
  const me = useMyId()
  return (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (event.nativeEvent.isComposing || completion.onKeyDown(event)) return
    const element = event.currentTarget
    const { id } = view.chat
    if (sends(event)) submit()
    else if (event.key === 'Escape' && (draft.edit || draft.reply !== undefined)) stopExtra(id)
    else if (event.key === 'ArrowUp' && element.value === '' && !draft.edit) {
      const last = window.messages.findLast(
        message => message.from === me && mayEdit(message, view.chat, me, Date.now()),
      )
      if (!last) return
      startEdit(id, last)
    } else if (!format(event, field)) return
    event.preventDefault()
  }
}

function sends(event: KeyboardEvent): boolean {
  if (event.key !== 'Enter') return false
  const withMod = event.ctrlKey || event.metaKey
  return settings.get().sendWith === 'ctrlEnter' ? withMod : !event.shiftKey
}

function format(event: KeyboardEvent, field: RefObject<HTMLTextAreaElement | null>): boolean {
  const element = field.current
  if (!(event.ctrlKey || event.metaKey) || event.altKey || !element) return false
  const { selectionStart: from, selectionEnd: to, value } = element
  if (from === to) return false
  const name = formats.get(`${event.shiftKey ? 'Shift+' : ''}${event.code}`)
  if (name === undefined) return false
  if (name === 'link') askForLink(element)
  else applyChange(element, toggleMark(value, from, to, name))
  return true
}

/** Asks where the selected words should lead. */
export function askForLink(field: HTMLTextAreaElement): void {
  const { selectionStart: from, selectionEnd: to, value } = field
  openPanel({
    kind: 'link',
    words: value.slice(from, to),
    done: (words, url) => applyChange(field, replaceWith(from, to, linkOf(words, url))),
  })
}
