// The button in the composer that opens the emojis, which are loaded then.

import { lazy, Suspense, useEffect, useRef, useState } from 'react'
import { useLayer } from '../../../hooks/use-layer.ts'
import { text } from '../../../locales/index.ts'
import { takeShortcut } from '../../../state/shortcuts.ts'
import { IconButton } from '../../parts/icon-button.tsx'

const EmojiPicker = lazy(() =>
  import('./emoji-picker.tsx').then(module => ({ default: module.EmojiPicker })),
)

export function EmojiButton({ onChoose }: { onChoose(emoji: string): void }) {
  const [open, setOpen] = useState(false)
  const root = useRef<HTMLDivElement>(null)
  const button = useRef<HTMLButtonElement>(null)
  useLayer(() => setOpen(false), open)
  useEffect(() => {
    if (!open) return
    const onDown = (event: PointerEvent) => {
      if (event.target instanceof Node && !root.current?.contains(event.target)) setOpen(false)
    }
    document.addEventListener('pointerdown', onDown)
    // Escape closes the picker wherever the focus is, before it closes the chat.
    const giveBack = takeShortcut('close', () => {
      setOpen(false)
      button.current?.focus()
      return true
    })
    return () => {
      document.removeEventListener('pointerdown', onDown)
      giveBack()
    }
  }, [open])
  return (
    <div className="emoji-picker-root" ref={root}>
      <IconButton
        icon="smile"
        label={text.composer.emojis}
        ref={button}
        aria-expanded={open}
        data-testid="emojis"
        onClick={() => setOpen(!open)}
      />
      {open && (
        <Suspense>
          <EmojiPicker onChoose={onChoose} />
        </Suspense>
      )}
    </div>
  )
}
