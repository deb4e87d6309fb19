// A dialog in front of the page: the browser's own element keeps the focus inside and closes on Escape.

import { type ReactNode, useEffect, useId, useRef } from 'react'
import { useLayer } from '../../hooks/use-layer.ts'
import { text } from '../../locales/index.ts'
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
