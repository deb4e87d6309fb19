// Code in a message, with the name of its language and a button that copies it. The label is drawn by the style sheet, so
// that a selection over the message holds its text and nothing else.

import { type ReactNode, useState } from 'react'
import { text } from '../../../locales/index.ts'
import { copyText } from '../../../state/copy-text.ts'
import { notify } from '../../../state/notices.ts'
import { IconButton } from '../../parts/icon-button.tsx'

interface Props {
  language: string | undefined
  code: string
  children: ReactNode
}

export function CodeBlock({ language, code, children }: Props) {
  const [copied, setCopied] = useState(false)
  const copy = () => {
    copyText(code).then(() => setCopied(true), notify)
  }
  return (
    <span className="code-block" data-lang={language ?? ''}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable to be scrolled by keys. */}
      <pre dir="ltr" tabIndex={0}>
        {children}
      </pre>
      <IconButton
        icon={copied ? 'check' : 'copy'}
        label={copied ? text.message.copied : text.message.copyCode}
        className="copy-code"
        onClick={copy}
      />
    </span>
  )
}
