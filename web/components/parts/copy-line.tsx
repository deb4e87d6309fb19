// Something to copy: shown in a field that selects itself, with a button that says when it was done.

import { useId, useState } from 'react'
import { text } from '../../locales/index.ts'
import { copyText } from '../../state/copy-text.ts'
import { notify } from '../../state/notices.ts'

interface Props {
  label: string
  value: string
  testId?: string
}

export function CopyLine({ label, value, testId }: Props) {
  const id = useId()
  const [copied, setCopied] = useState<string | null>(null)
  const copy = () => void copyText(value).then(() => setCopied(value), notify)
  return (
    <div className="copy-line">
      <label htmlFor={id}>{label}</label>
      <div className="copy-row">
        <input
          id={id}
          readOnly
          value={value}
          data-testid={testId}
          onFocus={event => event.target.select()}
        />
        <button type="button" className="secondary" onClick={copy}>
          <span role="status">{copied === value ? text.info.copied : text.info.copy}</span>
        </button>
      </div>
    </div>
  )
}
