// Who waits to be let in: one by one, or all at once.

import { useCallback } from 'react'
import type { Chat } from '#client/types.ts'
import type { OpOut } from '#shared/protocol/ops.ts'
import { useAction } from '../../hooks/use-action.ts'
import { useLoaded } from '../../hooks/use-loaded.ts'
import { text } from '../../locales/index.ts'
import { useClient, useNames } from '../../state/client-context.ts'
import { nameOf } from '../../state/naming.ts'
import { ask } from '../../state/questions.ts'
import { moment } from '../../state/when.ts'
import { ErrorLine } from '../parts/error-line.tsx'
import { Skeleton } from '../parts/skeleton.tsx'
import { PersonLine } from '../people/person-line.tsx'

type Page = Pick<OpOut<'joinRequests'>, 'requests' | 'next' | 'count'>

export function JoinRequests({ chat }: { chat: Chat }) {
  const client = useClient()
  const names = useNames()
  const { run, busy, error } = useAction()
  const { id } = chat
  const read = useCallback(() => client.invites.requests(id), [client, id])
  // Another number of those who wait means that the list is out of date.
  const list = useLoaded<Page>(read, chat.me.requests)
  const { value: page, reload } = list

  const loadMore = () =>
    run(async () => {
      if (!page) return
      const after = await client.invites.requests(id, page.next)
      list.change(page, { ...after, requests: [...page.requests, ...after.requests] })
    })
  const answer = (user: number, accept: boolean) =>
    run(async () => {
      await client.invites.answer(id, user, accept)
      await reload()
    })
  const answerAll = async (accept: boolean) => {
    while ((await client.invites.answerAll(id, accept)) > 0);
    await reload()
  }
  const declineAll = () =>
    ask({
      title: text.invites.declineAll,
      sentence: text.invites.declineAllSure(page?.count ?? 0),
      button: text.invites.declineAll,
      run: () => answerAll(false),
    })
  return (
    <section
      className="info-card form"
      aria-label={text.info.pages.requests}
      aria-busy={busy || list.loading}
    >
      <p className="hint" role="status">
        {page && text.invites.waiting(page.count)}
      </p>
      <ErrorLine error={error ?? list.error} />
      {page === null && list.error === null && <Skeleton rows={3} />}
      {page !== null && page.requests.length > 1 && (
        <div className="form-buttons">
          <button type="button" className="text-button danger" disabled={busy} onClick={declineAll}>
            {text.invites.declineAll}
          </button>
          <button
            type="button"
            className="secondary"
            disabled={busy}
            onClick={() => run(() => answerAll(true))}
          >
            {text.invites.acceptAll}
          </button>
        </div>
      )}
      <ul className="people">
        {page?.requests.map(({ id, user, at }) => (
          <li key={id} className="person" data-testid="join-request" data-user={user}>
            <PersonLine
              user={{ ...names.users.get(user), id: user, name: nameOf(names, user) }}
              note={moment(at)}
            >
              <button
                type="button"
                className="text-button danger"
                disabled={busy}
                aria-label={text.invites.declineOf(nameOf(names, user))}
                onClick={() => answer(user, false)}
              >
                {text.chats.decline}
              </button>
              <button
                type="button"
                className="text-button"
                disabled={busy}
                aria-label={text.invites.acceptOf(nameOf(names, user))}
                onClick={() => answer(user, true)}
              >
                {text.chats.accept}
              </button>
            </PersonLine>
          </li>
        ))}
      </ul>
      {page?.next !== undefined && (
        <button type="button" className="text-button" disabled={busy} onClick={loadMore}>
          {text.info.moreMembers}
        </button>
      )}
    </section>
  )
}
