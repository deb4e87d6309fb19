// What plain members of a group may do.

import { type FormEvent, useState } from 'react'
import type { Chat } from '#client/types.ts'
import { effectiveRights, memberRights, right } from '#shared/protocol/permissions.ts'
import { useAction } from '../../hooks/use-action.ts'
import { useBackInfo } from '../../hooks/use-back-info.ts'
import { text } from '../../locales/index.ts'
import { useClient } from '../../state/client-context.ts'
import { backInfo } from '../../state/info-view.ts'
import { ErrorLine } from '../parts/error-line.tsx'
import { namesIn, RightSwitches } from './right-switches.tsx'

export function DefaultRights({ chat }: { chat: Chat }) {
  const client = useClient()
  const own = effectiveRights(chat.me, chat.rights)
  const [rights, setRights] = useState(chat.rights)
  const back = useBackInfo()
  const { run, busy, error } = useAction()
  const submit = (event: FormEvent) => {
    event.preventDefault()
    run(async () => {
      await client.rooms.setDefaultRights(chat.id, rights)
      back()
    })
  }
  return (
    <form className="form info-card" onSubmit={submit}>
      <RightSwitches
        label={text.members.membersMay}
        names={namesIn(memberRights)}
        value={rights}
        why={name =>
          (own & right[name]) === 0 && (chat.rights & right[name]) === 0
            ? text.members.notYours
            : undefined
        }
        onValue={setRights}
      />
      <p className="hint">{text.members.membersMayHint}</p>
      <ErrorLine error={error} />
      <div className="form-buttons">
        <button type="button" className="secondary" onClick={backInfo}>
          {text.cancel}
        </button>
        <button type="submit" className="primary" data-testid="save-defaults" disabled={busy}>
          {text.save}
        </button>
      </div>
    </form>
  )
}
