// Starts a direct chat with a contact, somebody known, or a stranger by username.

import { useState } from 'react'
import { useAction } from '../../hooks/use-action.ts'
import { text } from '../../locales/index.ts'
import { useClient, useMyId } from '../../state/client-context.ts'
import { closeDialog, openChat } from '../../state/navigation.ts'
import { ErrorLine } from '../parts/error-line.tsx'
import { Field } from '../parts/field.tsx'
import { Modal } from '../parts/modal.tsx'
import { PeopleResults } from '../people/people-results.tsx'

export function NewDirect() {
  const client = useClient()
  const me = useMyId()
  const [query, setQuery] = useState('')
  const action = useAction()
  const start = (user: number) =>
    action.run(async () => openChat((await client.createDirect(user)).id))
  return (
    <Modal title={text.chats.direct} onClose={closeDialog}>
      <div className="form">
        <Field
          label={text.people.search}
          type="search"
          name="person"
          autoCapitalize="none"
          autoComplete="off"
          spellCheck={false}
          value={query}
          onValue={setQuery}
        />
        <ErrorLine error={action.error} />
        <PeopleResults query={query} without={new Set([me])} onPick={user => start(user.id)} />
      </div>
    </Modal>
  )
}
