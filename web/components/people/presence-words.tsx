// Whether somebody is online, or when they were last seen, in words.

import type { ReactNode } from 'react'
import type { Presence } from '#client/types.ts'
import type { UserId } from '#shared/protocol/ids.ts'
import { usePresence } from '../../hooks/use-presence.ts'
import { text } from '../../locales/index.ts'
import { lately } from '../../state/when.ts'

interface Props {
  presence: Presence | undefined
  /** What stands there of people who do not show it. */
  otherwise?: ReactNode
}

function PresenceWords({ presence, otherwise = null }: Props) {
  if (presence?.online) return <span className="is-online">{text.conversation.online}</span>
  if (presence?.lastSeen === undefined) return otherwise
  return text.conversation.lastSeen(lately(presence.lastSeen))
}

/** Of one person, watched while this is on screen. */
export function PresenceOf({ user, otherwise }: { user: UserId; otherwise?: ReactNode }) {
  return <PresenceWords presence={usePresence(user)} otherwise={otherwise} />
}

interface HandleProps {
  username: string | undefined
  presence: Presence | undefined
}

/** The line below a name in a list: the username and the presence, as far as there are any. */
export function HandleLine({ username, presence }: HandleProps) {
  const shown = presence?.online || presence?.lastSeen !== undefined
  return (
    <>
      {username && `@${username}`}
      {username && shown && ', '}
      <PresenceWords presence={presence} />
    </>
  )
}
