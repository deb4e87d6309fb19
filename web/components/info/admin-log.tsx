// What those who run the chat did, newest first, with filters by person and kind.

import { useCallback, useEffect, useState } from 'react'
import type { Chat } from '#client/types.ts'
import type { StoredAct } from '#shared/protocol/acts.ts'
import { useAction } from '../../hooks/use-action.ts'
import { text } from '../../locales/index.ts'
import { actGroups, actText } from '../../state/act-text.ts'
import { useClient, useMyId, useUsers } from '../../state/client-context.ts'
import { nameOf } from '../../state/naming.ts'
import { openChatAt } from '../../state/view.ts'
import { exactly, moment } from '../../state/when.ts'
import { Avatar } from '../parts/avatar.tsx'
import { ErrorLine } from '../parts/error-line.tsx'
import { Skeleton } from '../parts/skeleton.tsx'
import { type LogFilter, LogFilters } from './log-filters.tsx'

interface Acts {
  acts: readonly StoredAct[]
  more: boolean
}

export function AdminLog({ chat }: { chat: Chat }) {
  const client = useClient()
  const [filter, setFilter] = useState<LogFilter>({ actor: null, group: null })
  const [page, setPage] = useState<Acts | null>(null)
  const { run, busy, error } = useAction()
  const { id } = chat
  const read = useCallback(
    async (before: readonly StoredAct[]): Promise<Acts> => {
      const last = before.at(-1)?.id
      const { acts, more = false } = await client.rooms.adminLog(id, {
        ...(last !== undefined && { before: last }),
        ...(filter.actor !== null && { actor: filter.actor }),
        ...(filter.group !== null && { actions: [...actGroups[filter.group]] }),
      })
      return { acts: [...before, ...acts], more }
    },
    [client, id, filter],
  )
  useEffect(() => {
    let current = true
    setPage(null)
    run(async () => {
      const first = await read([])
      if (current) setPage(first)
    })
    return () => {
      current = false
    }
  }, [run, read])
  const isFiltered = filter.actor !== null || filter.group !== null
  return (
    <section className="info-card form" aria-label={text.info.pages.log}>
      <p className="hint">{text.adminLog.hint}</p>
      <LogFilters chat={chat} filter={filter} onFilter={setFilter} />
      <ErrorLine error={error} />
      {page === null && error === null && <Skeleton rows={5} />}
      {page?.acts.length === 0 && (
        <p className="muted empty">{isFiltered ? text.adminLog.noneSuch : text.adminLog.none}</p>
      )}
      <ol className="log-acts" aria-busy={busy}>
        {page?.acts.map(act => (
          <ActRow key={act.id} chat={chat} act={act} />
        ))}
      </ol>
      {page?.more && (
        <button
          type="button"
          className="text-button"
          disabled={busy}
          onClick={() => run(async () => setPage(await read(page.acts)))}
        >
          {text.adminLog.more}
        </button>
      )}
    </section>
  )
}

function ActRow({ chat, act }: { chat: Chat; act: StoredAct }) {
  const users = useUsers()
  const me = useMyId()
  const by = nameOf(users, act.by)
  const { seq } = act
  return (
    <li className="log-act" data-testid="act" data-action={act.action}>
      <Avatar id={act.by} name={by} small />
      <div>
        <p>
          <strong>{act.by === me ? text.chats.you : by}</strong>{' '}
          {actText(act, user => nameOf(users, user))}
        </p>
        <p className="muted">
          <time title={exactly(act.at)}>{moment(act.at)}</time>
          {seq !== undefined && (
            <button type="button" className="text-button" onClick={() => openChatAt(chat.id, seq)}>
              {text.adminLog.toMessage}
            </button>
          )}
        </p>
      </div>
    </li>
  )
}
