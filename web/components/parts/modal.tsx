// A dialog in front of the page: the browser's own element keeps the focus inside and closes on Escape. Where something is
// to be typed, the first field has the focus: else the browser gives it to the button that closes.

import { type ReactNode, useEffect, useId, useRef } from 'react'
import { useLayer } from '../../hooks/use-layer.ts'
import { text } from '../../locales/index.ts'
import { isTouch } from '../../state/pointer.ts'
import { IconButton } from './icon-button.tsx'

export function Modal({
  title,
  onClose,
  children,
}: {
  title: string
  onClose(): void
  children: ReactNode
}) {
  const dialog = useRef<HTMLDialogElement>(null)
  const id = useId()
  useLayer(onClose)
  useEffect(() => {
    const element = dialog.current
    element?.showModal()
    if (!isTouch()) fieldOf(element)?.focus()
    return () => element?.close()
  }, [])
  return (
    <dialog
      className="modal"
      ref={dialog}
      aria-labelledby={id}
      onCancel={event => {
        event.preventDefault()
        onClose()
      }}
    >
      <header className="modal-head">
        <h2 id={id}>{title}</h2>
        <IconButton icon="close" label={text.close} onClick={onClose} />
      </header>
      {children}
    </dialog>
  )
}

/** The one that asks for it, else the first when it takes text: what stands above is not skipped. */
function fieldOf(dialog: HTMLElement | null): HTMLElement | null {
  const first =
    dialog?.querySelector<HTMLElement>('[data-first]') ?? dialog?.querySelector('input, textarea')
  return first?.matches('[type=checkbox], [type=radio], [readonly]') ? null : (first ?? null)
}
