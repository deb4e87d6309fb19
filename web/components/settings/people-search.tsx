// A field to find people by, with whom it finds below.

import { useMemo, useState } from 'react'
import type { User } from '#client/types.ts'
import type { UserId } from '#shared/protocol/ids.ts'
import { text } from '../../locales/index.ts'
import { useMyId } from '../../state/client-context.ts'
import { Field } from '../parts/field.tsx'
import { PeopleResults } from '../people/people-results.tsx'

interface Props {
  without: readonly UserId[]
  onPick(user: User): void
}

export function PeopleSearch({ without, onPick }: Props) {
  const me = useMyId()
  const [query, setQuery] = useState('')
  const hidden = useMemo(() => new Set([me, ...without]), [me, without])
  return (
    <div className="people-search">
      <Field
        label={text.settings.privacy.search}
        type="search"
        autoComplete="off"
        autoCapitalize="none"
        autoFocus
        value={query}
        onValue={setQuery}
      />
      <PeopleResults query={query} without={hidden} onPick={onPick} />
    </div>
  )
}
