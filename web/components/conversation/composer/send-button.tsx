// Sends, or saves an edit. Its menu, by right click, long press or the menu key: silently, later, without a preview.

import { useCallback, useRef, useState } from 'react'
import type { ComposerActs } from '../../../hooks/use-composer.ts'
import { useLongPress } from '../../../hooks/use-long-press.ts'
import { text } from '../../../locales/index.ts'
import { openPanel } from '../../../state/conversation-panel.ts'
import type { Draft } from '../../../state/drafts.ts'
import { Icon } from '../../parts/icon.tsx'
import { type MenuItem, MenuList } from '../../parts/menu.tsx'

interface Props {
  draft: Draft
  acts: ComposerActs
  /** Seconds to wait in slow mode. */
  waitS: number
}

export function SendButton({ draft, acts, waitS }: Props) {
  const button = useRef<HTMLButtonElement>(null)
  const [open, setOpen] = useState(false)
  const press = useLongPress(() => offer())
  const { swallowed, ...pointer } = press
  const isEdit = draft.edit !== undefined
  const offer = () => setOpen(acts.ready && !isEdit)
  const close = useCallback(() => {
    setOpen(false)
    document.querySelector<HTMLElement>('[data-testid=composer]')?.focus()
  }, [])
  if (waitS > 0) return <SlowMode waitS={waitS} />
  return (
    <>
      <button
        type="submit"
        ref={button}
        className="send"
        aria-label={isEdit ? text.conversation.saveEdit : text.conversation.send}
        title={isEdit ? text.conversation.saveEdit : text.composer.sendHint}
        aria-haspopup={isEdit ? undefined : 'menu'}
        data-testid="send"
        disabled={!acts.ready}
        {...pointer}
        onClick={event => {
          if (swallowed()) event.preventDefault()
        }}
        onContextMenu={event => {
          event.preventDefault()
          offer()
        }}
      >
        <Icon name={isEdit ? 'check' : 'send'} />
      </button>
      {open && (
        <MenuList
          label={text.composer.sendMenu}
          items={itemsOf(acts)}
          anchor={button}
          onClose={close}
        />
      )}
    </>
  )
}

function itemsOf(acts: ComposerActs): MenuItem[] {
  return [
    { label: text.composer.silent, icon: 'mute', run: () => acts.submit({ silent: true }) },
    { label: text.composer.later, icon: 'clock', run: () => later(acts) },
    { label: text.composer.noPreview, icon: 'link', run: () => acts.submit({ noPreview: true }) },
  ]
}

function later(acts: ComposerActs): void {
  openPanel({ kind: 'schedule', title: text.composer.later, done: acts.schedule })
}

function SlowMode({ waitS }: { waitS: number }) {
  return (
    <span
      className="send slow"
      role="timer"
      title={text.composer.slowMode(waitS)}
      data-testid="slow-mode"
    >
      <span className="sr-only">{text.composer.slowMode(waitS)}</span>
      <span aria-hidden="true">{waitS}</span>
    </span>
  )
}
