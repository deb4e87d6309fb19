// Makes a member an admin, or changes what an admin may do.

import { type FormEvent, useState } from 'react'
import type { Chat, Member } from '#client/types.ts'
import type { UserId } from '#shared/protocol/ids.ts'
import { allRights, defaultRights, effectiveRights, right } from '#shared/protocol/permissions.ts'
import { useAction } from '../../hooks/use-action.ts'
import { useBackInfo } from '../../hooks/use-back-info.ts'
import { useMember } from '../../hooks/use-member.ts'
import { text } from '../../locales/index.ts'
import { useClient } from '../../state/client-context.ts'
import { backInfo } from '../../state/info-view.ts'
import { ErrorLine } from '../parts/error-line.tsx'
import { Skeleton } from '../parts/skeleton.tsx'
import { PersonLine, usePerson } from '../people/person-line.tsx'
import { namesIn, RightSwitches } from './right-switches.tsx'

export function AdminRights({ chat, user }: { chat: Chat; user: UserId }) {
  const { member, error } = useMember(chat, user)
  if (error !== null) return <ErrorLine error={error} />
  if (member === undefined) return <Skeleton rows={5} />
  return <Editor chat={chat} user={user} member={member} />
}

function Editor({ chat, user, member }: { chat: Chat; user: UserId; member: Member | null }) {
  const client = useClient()
  const person = usePerson(user)
  const own = effectiveRights(chat.me, chat.rights)
  const usual = chat.kind === 'channel' ? defaultRights.channelAdmin : defaultRights.groupAdmin
  const [rights, setRights] = useState(member?.role === 'admin' ? member.rights : usual & own)
  const back = useBackInfo()
  const { run, busy, error } = useAction()
  const everybodys = chat.kind === 'group' ? chat.rights : 0
  const submit = (event: FormEvent) => {
    event.preventDefault()
    run(async () => {
      await client.members.setRole(chat.id, user, 'admin', rights & own)
      back()
    })
  }
  return (
    <form className="form info-card" onSubmit={submit}>
      <p className="person">
        <PersonLine user={person} />
      </p>
      <RightSwitches
        label={text.members.adminMay}
        names={namesIn(allRights)}
        value={rights | everybodys}
        why={name => {
          if ((everybodys & right[name]) !== 0) return text.members.everybodyMay
          return (own & right[name]) === 0 ? text.members.notYours : undefined
        }}
        onValue={next => setRights((rights & everybodys) | (next & ~everybodys))}
      />
      <ErrorLine error={error} />
      <div className="form-buttons">
        <button type="button" className="secondary" onClick={backInfo}>
          {text.cancel}
        </button>
        <button type="submit" className="primary" data-testid="save-rights" disabled={busy}>
          {member?.role === 'admin' ? text.save : text.members.makeAdminButton}
        </button>
      </div>
    </form>
  )
}
