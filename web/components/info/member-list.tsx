// Who is in the chat, and adding somebody by username.

import { type FormEvent, useState } from 'react'
import type { Chat } from '#client/types.ts'
import { can } from '#shared/protocol/permissions.ts'
import { useAction } from '../../hooks/use-action.ts'
import { useMembers } from '../../hooks/use-members.ts'
import { text } from '../../locales/index.ts'
import { useClient } from '../../state/client-context.ts'
import { ErrorLine } from '../parts/error-line.tsx'
import { Field } from '../parts/field.tsx'
import { MemberRow } from './member-row.tsx'

export function MemberList({ chat }: { chat: Chat }) {
  const members = useMembers(chat)
  const mayAdd = can(chat.me, 'invite', { defaultRights: chat.rights })
  return (
    <section className="info-card" aria-label={text.info.members}>
      <h3>{text.talk.members(chat.members)}</h3>
      {mayAdd && <AddMember chat={chat} onAdded={members.reload} />}
      <ul className="people">
        {members.entries.map(entry => (
          <MemberRow key={entry.member.user} chat={chat} entry={entry} onChanged={members.reload} />
        ))}
      </ul>
      {members.more && (
        <button type="button" className="text-button" onClick={members.loadMore}>
          {text.info.moreMembers}
        </button>
      )}
    </section>
  )
}

function AddMember({ chat, onAdded }: { chat: Chat; onAdded(): void }) {
  const client = useClient()
  const [username, setUsername] = useState('')
  const action = useAction()
  const submit = (event: FormEvent) => {
    event.preventDefault()
    action.run(async () => {
      const user = await client.api.lookup(username.trim().replace(/^@/, ''))
      const { added } = await client.members.add(chat.id, [user.id])
      if (added.length === 0) return action.setError(text.info.notAdded)
      setUsername('')
      onAdded()
    })
  }
  return (
    <form className="form add-line" onSubmit={submit}>
      <Field
        label={text.info.add}
        autoCapitalize="none"
        required
        value={username}
        onValue={setUsername}
      />
      <button type="submit" className="secondary" data-testid="add-member" disabled={action.busy}>
        {text.info.addButton}
      </button>
      <ErrorLine error={action.error} />
    </form>
  )
}
