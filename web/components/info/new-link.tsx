// A link that was just made, ready to copy.

import { useId, useState } from 'react'
import { text } from '../../locales/index.ts'
import { notify } from '../../state/notices.ts'

export function NewLink({ link }: { link: string }) {
  const id = useId()
  const [copied, setCopied] = useState<string | null>(null)
  const copy = () => void navigator.clipboard?.writeText(link).then(() => setCopied(link), notify)
  return (
    <div className="new-link">
      <label htmlFor={id}>{text.info.newLink}</label>
      <input
        id={id}
        readOnly
        value={link}
        data-testid="invite-link"
        onFocus={event => event.target.select()}
      />
      <button type="button" className="secondary" onClick={copy}>
        {copied === link ? text.info.copied : text.info.copy}
      </button>
    </div>
  )
}
