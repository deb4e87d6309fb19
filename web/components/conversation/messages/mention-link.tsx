// A name or a tag in a message: the name leads to whose it is, the tag to what else has it.

import type { ReactNode } from 'react'
import type { Entity } from '#client/types.ts'
import { openPanel } from '../../../state/conversation-panel.ts'
import { openDialog, searchFor } from '../../../state/navigation.ts'

interface Props {
  entity: Entity
  words: string
  children: ReactNode
}

export function MentionLink({ entity, words, children }: Props) {
  const follow = () => {
    if (entity.user !== undefined) openPanel({ kind: 'person', user: entity.user })
    else if (entity.t === 'mention') openDialog({ kind: 'name', name: words.slice(1) })
    else searchFor(words)
  }
  return (
    <button type="button" className="mention" onClick={follow}>
      {children}
    </button>
  )
}
