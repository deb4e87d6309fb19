// Whose acts the log shows, and of which kind.

import { useId } from 'react'
import type { Chat } from '#client/types.ts'
import type { UserId } from '#shared/protocol/ids.ts'
import { type MemberFilter, useMembers } from '../../hooks/use-members.ts'
import { text } from '../../locales/index.ts'
import { actGroups } from '../../state/act-text.ts'
import { useSnapshot } from '../../state/client-context.ts'
import { nameOfUser } from '../../state/naming.ts'

export interface LogFilter {
  actor: UserId | null
  group: keyof typeof actGroups | null
}

interface Props {
  chat: Chat
  filter: LogFilter
  onFilter(filter: LogFilter): void
}

const running: MemberFilter = { roles: ['owner', 'admin'] }
const groups = Object.keys(actGroups) as (keyof typeof actGroups)[]

export function LogFilters({ chat, filter, onFilter }: Props) {
  const { entries } = useMembers(chat, running)
  const contacts = useSnapshot(snapshot => snapshot.contacts)
  const [who, what] = [useId(), useId()]
  const words = text.adminLog
  return (
    <div className="filter-days">
      <div className="field">
        <label htmlFor={who}>{words.by}</label>
        <select
          id={who}
          value={filter.actor ?? ''}
          onChange={({ target }) =>
            onFilter({ ...filter, actor: target.value === '' ? null : Number(target.value) })
          }
        >
          <option value="">{words.byAll}</option>
          {entries.map(({ member, user }) => (
            <option key={member.user} value={member.user}>
              {nameOfUser({ contacts }, { id: member.user, name: user?.name ?? '' })}
            </option>
          ))}
        </select>
      </div>
      <div className="field">
        <label htmlFor={what}>{words.what}</label>
        <select
          id={what}
          value={filter.group ?? ''}
          onChange={({ target }) =>
            onFilter({ ...filter, group: groups.find(each => each === target.value) ?? null })
          }
        >
          <option value="">{words.kinds.all}</option>
          {groups.map(group => (
            <option key={group} value={group}>
              {words.kinds[group]}
            </option>
          ))}
        </select>
      </div>
    </div>
  )
}
