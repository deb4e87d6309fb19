// The devices that are signed in, and how to sign them out.

import { useCallback, useEffect, useState } from 'react'
import type { SessionPage } from '#client/index.ts'
import { useAction } from '../../hooks/use-action.ts'
import { text } from '../../locales/index.ts'
import { useClient } from '../../state/client-context.ts'
import { ask } from '../../state/questions.ts'
import { ErrorLine } from '../parts/error-line.tsx'
import { Skeleton } from '../parts/skeleton.tsx'
import { SessionRow } from './session-row.tsx'

type Sessions = SessionPage['sessions']

export function SessionsPage() {
  const client = useClient()
  const { run, busy, error } = useAction()
  const [sessions, setSessions] = useState<Sessions | null>(null)
  const load = useCallback(async () => setSessions(await allSessions(client)), [client])
  useEffect(() => run(load), [run, load])

  const revoke = (id: number) =>
    run(async () => {
      await client.api.revokeSession(id)
      await load()
    })
  const revokeOthers = async () => {
    for (const { id, current } of sessions ?? []) if (!current) await client.api.revokeSession(id)
    await load()
  }
  const current = sessions?.find(session => session.current)
  const others = sessions?.filter(session => !session.current) ?? []
  return (
    <>
      <ErrorLine error={error} />
      {sessions === null && error !== null && (
        <button type="button" className="secondary" onClick={() => run(load)}>
          {text.again}
        </button>
      )}
      {sessions === null && error === null && <Skeleton rows={3} />}
      {current && (
        <section className="settings-card">
          <h3>{text.settings.sessions.current}</h3>
          <ul className="people">
            <SessionRow session={current} />
          </ul>
        </section>
      )}
      {sessions && (
        <section className="settings-card">
          <h3>{text.settings.sessions.others}</h3>
          {others.length === 0 && <p className="muted">{text.settings.sessions.none}</p>}
          <ul className="people">
            {others.map(session => (
              <SessionRow
                key={session.id}
                session={session}
                busy={busy}
                onRevoke={() => revoke(session.id)}
              />
            ))}
          </ul>
          <div className="settings-acts">
            {others.length > 0 && <AskButton asks="others" run={revokeOthers} />}
            <AskButton asks="everywhere" run={() => client.api.logoutAll()} />
          </div>
        </section>
      )}
    </>
  )
}

function AskButton({ asks, run }: { asks: 'others' | 'everywhere'; run(): Promise<void> }) {
  const { revokeOthers, revokeOthersSure, everywhere, everywhereSure } = text.settings.sessions
  const title = asks === 'others' ? revokeOthers : everywhere
  const sentence = asks === 'others' ? revokeOthersSure : everywhereSure
  return (
    <button
      type="button"
      className="text-button danger"
      data-testid={`revoke-${asks}`}
      onClick={() => ask({ title, sentence, button: text.settings.sessions.revoke, run })}
    >
      {title}
    </button>
  )
}

/** All pages: an account has few devices. The one used last comes first. */
async function allSessions(client: ReturnType<typeof useClient>): Promise<Sessions> {
  const sessions: Sessions = []
  let after: number | undefined
  do {
    const page = await client.api.sessions(after)
    sessions.push(...page.sessions)
    after = page.next
  } while (after !== undefined)
  return sessions.sort((a, b) => b.lastUsedAt - a.lastUsedAt)
}
