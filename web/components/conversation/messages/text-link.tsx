// A link of a message: to a harmless scheme only, with its true address in view, opened beside the page. One to a message of
// this very server is followed inside of it.

import type { MouseEvent, ReactNode } from 'react'
import { safeHref } from '../../../state/segments.ts'
import { chatSpotOf, openChatAt } from '../../../state/view.ts'

interface Props {
  to: string
  /** What stands there, where that is not the address itself. */
  shows?: string
  children: ReactNode
}

export function TextLink({ to, shows, children }: Props) {
  const href = safeHref(to)
  if (href === null) return <>{children}</>
  const inside = href.startsWith(`${location.origin}/`) ? chatSpotOf(href) : null
  const follow = (event: MouseEvent) => {
    if (!inside || event.ctrlKey || event.metaKey || event.shiftKey) return
    event.preventDefault()
    openChatAt(inside.chat, inside.seq)
  }
  return (
    <a
      href={href}
      target="_blank"
      rel="noopener noreferrer nofollow"
      // Words may say anything: the address behind them is shown.
      title={shows === undefined ? undefined : href}
      onClick={follow}
    >
      {children}
    </a>
  )
}
