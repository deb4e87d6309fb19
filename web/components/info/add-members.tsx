// Adds people to a group or channel; whoever does not let themselves be added is offered a link.

import { type FormEvent, useState } from 'react'
import type { Chat, User } from '#client/types.ts'
import type { UserId } from '#shared/protocol/ids.ts'
import { useAction } from '../../hooks/use-action.ts'
import { text } from '../../locales/index.ts'
import { useClient } from '../../state/client-context.ts'
import { ErrorLine } from '../parts/error-line.tsx'
import { Modal } from '../parts/modal.tsx'
import { PeoplePicker } from '../people/people-picker.tsx'
import { Refused } from '../people/refused.tsx'

export function AddMembers({ chat, onDone }: { chat: Chat; onDone(): void }) {
  const client = useClient()
  const [people, setPeople] = useState<readonly User[]>([])
  const [refused, setRefused] = useState<readonly UserId[]>([])
  const { run, busy, error, setError } = useAction()
  if (refused.length > 0) return <Refused chat={chat.id} refused={refused} onDone={onDone} />
  const submit = (event: FormEvent) => {
    event.preventDefault()
    run(async () => {
      const users = people.map(user => user.id)
      const answer = await client.members.add(chat.id, users)
      if (answer.refused.length > 0) setRefused(answer.refused)
      else if (answer.added.length === 0) setError(text.members.notAdded)
      else onDone()
    })
  }
  return (
    <Modal title={text.members.add} onClose={onDone}>
      <form className="form" onSubmit={submit}>
        <PeoplePicker people={people} onPeople={setPeople} />
        <ErrorLine error={error} />
        <div className="form-buttons">
          <button type="button" className="secondary" onClick={onDone}>
            {text.cancel}
          </button>
          <button
            type="submit"
            className="primary"
            data-testid="add-submit"
            disabled={busy || people.length === 0}
          >
            {text.members.addButton}
          </button>
        </div>
      </form>
    </Modal>
  )
}
