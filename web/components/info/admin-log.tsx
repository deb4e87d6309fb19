// What those who run the chat did, newest first, with filters by person and kind.

import { useCallback, useState } from 'react'
import type { Chat } from '#client/types.ts'
import type { StoredAct } from '#shared/protocol/acts.ts'
import { type Page, usePages } from '../../hooks/use-pages.ts'
import { text } from '../../locales/index.ts'
import { actGroups, actText } from '../../state/act-text.ts'
import { useClient, useMyId, useNames } from '../../state/client-context.ts'
import { nameOf } from '../../state/naming.ts'
import { openChatAt } from '../../state/navigation.ts'
import { exactly, moment } from '../../state/when.ts'
import { Avatar } from '../parts/avatar.tsx'
import { ErrorLine } from '../parts/error-line.tsx'
import { Skeleton } from '../parts/skeleton.tsx'
import { type LogFilter, LogFilters } from './log-filters.tsx'

export function AdminLog({ chat }: { chat: Chat }) {
  const client = useClient()
  const [filter, setFilter] = useState<LogFilter>({ actor: null, group: null })
  const { id } = chat
  const read = useCallback(
    async (before: StoredAct['id'] | undefined): Promise<Page<StoredAct, StoredAct['id']>> => {
      const { acts, more = false } = await client.rooms.adminLog(id, {
        ...(before !== undefined && { before }),
        ...(filter.actor !== null && { actor: filter.actor }),
        ...(filter.group !== null && { actions: [...actGroups[filter.group]] }),
      })
      return { items: acts, next: more ? acts.at(-1)?.id : undefined }
    },
    [client, id, filter],
  )
  const { items, loading, error, more, loadMore } = usePages(read)
  const isEmpty = items.length === 0
  const isFiltered = filter.actor !== null || filter.group !== null
  return (
    <section className="info-card form" aria-label={text.info.pages.log}>
      <p className="hint">{text.adminLog.hint}</p>
      <LogFilters chat={chat} filter={filter} onFilter={setFilter} />
      <ErrorLine error={error} />
      {isEmpty && loading && <Skeleton rows={5} />}
      {isEmpty && !loading && error === null && (
        <p className="muted empty">{isFiltered ? text.adminLog.noneSuch : text.adminLog.none}</p>
      )}
      <ol className="log-acts" aria-busy={loading}>
        {items.map(act => (
          <ActRow key={act.id} chat={chat} act={act} />
        ))}
      </ol>
      {more && (
        <button type="button" className="text-button" disabled={loading} onClick={loadMore}>
          {text.adminLog.more}
        </button>
      )}
    </section>
  )
}

function ActRow({ chat, act }: { chat: Chat; act: StoredAct }) {
  const names = useNames()
  const me = useMyId()
  const by = nameOf(names, act.by)
  const { seq } = act
  return (
    <li className="log-act" data-testid="act" data-action={act.action}>
      <Avatar id={act.by} name={by} small />
      <div>
        <p>
          <strong>{act.by === me ? text.chats.you : by}</strong>{' '}
          {actText(act, user => nameOf(names, user))}
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
