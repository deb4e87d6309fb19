// Asks for the words and the address of a link.

import { type FormEvent, useState } from 'react'
import { text } from '../../../locales/index.ts'
import { closePanel } from '../../../state/conversation-panel.ts'
import { safeHref } from '../../../state/segments.ts'
import { ErrorLine } from '../../parts/error-line.tsx'
import { Field } from '../../parts/field.tsx'
import { Modal } from '../../parts/modal.tsx'

interface Props {
  words: string
  done(words: string, url: string): void
}

export function LinkPanel({ words, done }: Props) {
  const [shown, setShown] = useState(words)
  const [address, setAddress] = useState(safeHref(words) ?? '')
  const [error, setError] = useState<string | null>(null)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const typed = address.trim()
    const url = /^[\w-]+(\.[\w-]+)+([/?#]|$)/.test(typed) ? `https://${typed}` : typed
    if (safeHref(url) === null) {
      setError(text.composer.badLink)
      return
    }
    closePanel()
    // The dialog gives the focus back first.
    requestAnimationFrame(() => requestAnimationFrame(() => done(shown.trim(), url)))
  }
  return (
    <Modal title={text.panels.link} onClose={closePanel}>
      <form className="form" onSubmit={submit}>
        <Field label={text.composer.linkWords} value={shown} onValue={setShown} required />
        <Field
          label={text.composer.linkAddress}
          value={address}
          onValue={setAddress}
          placeholder="https://"
          inputMode="url"
          data-first
          required
        />
        <ErrorLine error={error} />
        <div className="form-buttons">
          <button type="submit" className="primary">
            {text.composer.insert}
          </button>
        </div>
      </form>
    </Modal>
  )
}
