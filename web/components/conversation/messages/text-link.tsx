// A link of a message: to a harmless scheme only, with its true address in view, opened beside the page; asked about first
// where its words name another host. One to a message of this very server is followed inside of it.

import type { MouseEvent, ReactNode } from 'react'
import { text } from '../../../locales/index.ts'
import { namesOtherHost } from '../../../state/link-words.ts'
import { chatSpotOf, openChatAt } from '../../../state/navigation.ts'
import { ask } from '../../../state/questions.ts'
import { safeHref } from '../../../state/segments.ts'

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
  const misleads = !inside && shows !== undefined && namesOtherHost(shows, href)
  const follow = (event: MouseEvent) => {
    if (misleads) {
      event.preventDefault()
      askToFollow(href)
    } else if (inside && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault()
      openChatAt(inside.chat, inside.seq)
    }
  }
  return (
    <a
      href={href}
      target="_blank"
      rel="noopener noreferrer nofollow"
      // Words may say anything: the address behind them is shown.
      title={shows === undefined ? undefined : href}
      onClick={follow}
      // The middle button makes no click.
      onAuxClick={event => misleads && event.button === 1 && follow(event)}
    >
      {children}
    </a>
  )
}

/** A tooltip says where it leads, but not to fingers. */
function askToFollow(href: string): void {
  ask({
    title: text.message.linkTitle,
    sentence: text.message.linkSure(new URL(href).host),
    button: text.message.linkOpen,
    run: async () => void window.open(href, '_blank', 'noopener,noreferrer'),
  })
}
