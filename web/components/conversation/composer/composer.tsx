// Where messages are written, in Markdown. Enter sends and Shift+Enter breaks the line, or the other way round as the person
// has set it. Typing renders this form and nothing else.

import { type FormEvent, useEffect, useRef } from 'react'
import type { ChatView, ChatWindow } from '#client/types.ts'
import { useCompletion } from '../../../hooks/use-completion.ts'
import { useComposer } from '../../../hooks/use-composer.ts'
import { useComposerKeys } from '../../../hooks/use-composer-keys.ts'
import { useDraft } from '../../../hooks/use-draft.ts'
import { useFieldSelection } from '../../../hooks/use-field-selection.ts'
import { useSlowMode } from '../../../hooks/use-slow-mode.ts'
import { text } from '../../../locales/index.ts'
import { applyChange } from '../../../state/apply-change.ts'
import { useClient } from '../../../state/client-context.ts'
import { replaceWith } from '../../../state/composer-text.ts'
import { write } from '../../../state/drafts.ts'
import { settings } from '../../../state/settings.ts'
import { useStore } from '../../../state/store.ts'
import { ErrorLine } from '../../parts/error-line.tsx'
import { CompletionList } from './completion-list.tsx'
import { ComposerExtra } from './composer-extra.tsx'
import { ComposerMenu } from './composer-menu.tsx'
import { EmojiButton } from './emoji-button.tsx'
import { FormatBar } from './format-bar.tsx'
import { refuseFiles } from './refuse-files.ts'
import { SendButton } from './send-button.tsx'

/** From so many characters before the limit on the composer counts down. */
const nearLimit = 200

export function Composer({ view, window }: { view: ChatView; window: ChatWindow }) {
  const client = useClient()
  const { chat } = view
  const field = useRef<HTMLTextAreaElement>(null)
  const draft = useDraft(view)
  const acts = useComposer(view, window, draft)
  const waitS = useSlowMode(view, window)
  const completion = useCompletion(chat, field)
  const selected = useFieldSelection(field)
  const value = draft.edit?.text ?? draft.text
  const { left, action } = acts
  const byEnter = useStore(settings, now => now.sendWith === 'enter')
  const submit = (event?: FormEvent) => {
    event?.preventDefault()
    if (draft.edit || waitS === 0) acts.submit()
  }
  const onKeyDown = useComposerKeys({ view, window, draft, field, completion, submit })
  const insert = (words: string) => {
    const element = field.current
    if (!element) return
    applyChange(element, replaceWith(element.selectionStart, element.selectionEnd, words))
  }
  useGrowing(field, value)
  useFocus(field, draft.edit?.seq, draft.reply)

  return (
    <form className="composer" onSubmit={submit}>
      <ComposerExtra chat={chat.id} draft={draft} window={window} />
      <ErrorLine error={left < 0 ? text.conversation.tooLong(-left) : action.error} />
      {selected && <FormatBar field={field} />}
      <CompletionList completion={completion} />
      <div className="composer-line">
        <ComposerMenu view={view} draft={draft} />
        <div className="composer-field">
          <textarea
            ref={field}
            rows={1}
            dir="auto"
            aria-label={text.conversation.placeholder}
            placeholder={placeholderOf(view)}
            data-testid="composer"
            enterKeyHint={byEnter ? 'send' : 'enter'}
            value={value}
            {...completion.fieldProps}
            onKeyDown={onKeyDown}
            onPaste={event => refuseFiles(event.clipboardData, event)}
            onChange={event => {
              write(chat.id, event.target.value)
              completion.look()
              if (!draft.edit && event.target.value !== '') client.typing(chat.id)
            }}
          />
          {left < nearLimit && left >= 0 && (
            <span className="length-left" role="status" aria-label={text.composer.left(left)}>
              {left}
            </span>
          )}
          <EmojiButton onChoose={insert} />
        </div>
        <SendButton draft={draft} acts={acts} waitS={draft.edit ? 0 : waitS} />
      </div>
    </form>
  )
}

function placeholderOf({ chat }: ChatView): string {
  const { autoDeleteS } = chat
  const words = chat.kind === 'channel' ? text.composer.post : text.conversation.placeholder
  return autoDeleteS ? text.composer.deletesAfter(words, text.service.span(autoDeleteS)) : words
}

const growsByItself = CSS.supports('field-sizing', 'content')

/** Makes the field as high as its text where the browser does not; the style sheet sets the bound. */
function useGrowing(field: { current: HTMLTextAreaElement | null }, value: string): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: the height depends on the text.
  useEffect(() => {
    const element = field.current
    if (!element || growsByItself) return
    element.style.height = 'auto'
    const borders = element.offsetHeight - element.clientHeight
    element.style.height = `${element.scrollHeight + borders}px`
  }, [field, value])
}

/** Has the focus at the beginning, where that opens no keyboard over the messages, and when something is answered or edited. */
function useFocus(
  field: { current: HTMLTextAreaElement | null },
  edit: number | undefined,
  reply: number | undefined,
): void {
  useEffect(() => {
    if (matchMedia('(hover: hover)').matches) field.current?.focus()
  }, [field])
  useEffect(() => {
    const element = field.current
    if ((edit === undefined && reply === undefined) || !element) return
    element.focus()
    element.setSelectionRange(element.value.length, element.value.length)
  }, [field, edit, reply])
}
