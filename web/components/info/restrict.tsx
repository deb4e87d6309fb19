// Restricts or bans a member: which rights are left, for how long, and whether what they wrote is deleted.

import { type FormEvent, useState } from 'react'
import type { Chat, Member } from '#client/types.ts'
import type { UserId } from '#shared/protocol/ids.ts'
import { can, memberRights, right } from '#shared/protocol/permissions.ts'
import { useAction } from '../../hooks/use-action.ts'
import { useBackInfo } from '../../hooks/use-back-info.ts'
import { useMember } from '../../hooks/use-member.ts'
import { text } from '../../locales/index.ts'
import { useClient } from '../../state/client-context.ts'
import { parseLocal } from '../../state/dates.ts'
import { backInfo } from '../../state/info-view.ts'
import { ErrorLine } from '../parts/error-line.tsx'
import { Skeleton } from '../parts/skeleton.tsx'
import { Tick } from '../parts/tick.tsx'
import { PersonLine, usePerson } from '../people/person-line.tsx'
import { namesIn, RightSwitches } from './right-switches.tsx'
import { SpanChoice, type SpanValue, spanEnd } from './span-choice.tsx'

interface Props {
  chat: Chat
  user: UserId
  /** Bans instead of restricting. */
  ban: boolean
}

export function Restrict({ chat, user, ban }: Props) {
  const { member, error } = useMember(chat, user)
  if (error !== null) return <ErrorLine error={error} />
  if (member === undefined) return <Skeleton rows={5} />
  return <Editor chat={chat} user={user} ban={ban} member={member} />
}

function Editor({ chat, user, ban, member }: Props & { member: Member | null }) {
  const client = useClient()
  const person = usePerson(user)
  const [rights, setRights] = useState(
    member?.role === 'restricted' ? member.rights & chat.rights : 0,
  )
  const [span, setSpan] = useState<SpanValue>({ choice: 'always', until: '' })
  const [deletes, setDeletes] = useState(false)
  const back = useBackInfo()
  const { run, busy, error, setError } = useAction()
  const mayDelete = can(chat.me, 'deleteOthers', { defaultRights: chat.rights })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const untilAt = spanEnd(span, parseLocal)
    if (untilAt === null) return setError(text.chats.mute.past)
    run(async () => {
      await client.members.restrict(chat.id, user, {
        role: ban ? 'banned' : 'restricted',
        ...(!ban && { rights: rights & memberRights }),
        ...(untilAt !== undefined && { untilAt }),
        ...(deletes && { deleteHistory: true as const }),
      })
      back()
    })
  }
  return (
    <form className="form info-card" onSubmit={submit}>
      <p className="person">
        <PersonLine user={person} />
      </p>
      <p className="muted">{ban ? text.members.banHint : text.members.restrictHint}</p>
      {!ban && (
        <RightSwitches
          label={text.members.mayStill}
          names={namesIn(memberRights)}
          value={rights}
          why={name => ((chat.rights & right[name]) === 0 ? text.members.nobodyMay : undefined)}
          onValue={setRights}
        />
      )}
      <SpanChoice value={span} onValue={setSpan} />
      {mayDelete && (
        <Tick
          label={text.members.deleteHistory}
          hint={text.members.deleteHistoryHint}
          checked={deletes}
          onChecked={setDeletes}
        />
      )}
      <ErrorLine error={error} />
      <div className="form-buttons">
        <button type="button" className="secondary" onClick={backInfo}>
          {text.cancel}
        </button>
        <button
          type="submit"
          className="primary danger"
          data-testid="save-restriction"
          disabled={busy}
        >
          {ban ? text.members.banButton : text.members.restrictButton}
        </button>
      </div>
    </form>
  )
}
