// One of several people in a panel, with a word about them.

import type { ReactNode } from 'react'
import type { UserId } from '#shared/protocol/ids.ts'
import { useNames } from '../../../state/client-context.ts'
import { openPanel } from '../../../state/conversation-panel.ts'
import { nameOf } from '../../../state/naming.ts'
import { Avatar } from '../../parts/avatar.tsx'

export function PersonLine({ user, children }: { user: UserId; children?: ReactNode }) {
  const names = useNames()
  const name = nameOf(names, user)
  return (
    <li>
      <button type="button" className="choice" onClick={() => openPanel({ kind: 'person', user })}>
        <Avatar id={user} name={name} small />
        <span className="choice-title">{name}</span>
        <span className="muted">{children}</span>
      </button>
    </li>
  )
}
