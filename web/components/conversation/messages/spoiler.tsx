// Hidden words that a press shows.

import { type ReactNode, useState } from 'react'
import { text } from '../../../locales/index.ts'

export function Spoiler({ children }: { children: ReactNode }) {
  const [shown, setShown] = useState(false)
  if (shown) return <span className="spoiler-shown">{children}</span>
  return (
    <button
      type="button"
      className="spoiler"
      aria-label={text.message.spoiler}
      onClick={() => setShown(true)}
    >
      <span aria-hidden="true" inert>
        {children}
      </span>
    </button>
  )
}
