// The whole page: who is here decides between the first page and the messenger.

import { useEffect, useRef, useState, useSyncExternalStore } from 'react'
import { language, text } from '../locales/index.ts'
import type { AppSession } from '../state/app-session.ts'
import { ClientContext, useMyId, useSnapshot } from '../state/client-context.ts'
import type { Entry } from '../state/entry.ts'
import { sentenceOf } from '../state/failure.ts'
import { openDialog } from '../state/navigation.ts'
import { notify } from '../state/notices.ts'
import { forgetPerson } from '../state/person.ts'
import { useStore } from '../state/store.ts'
import { FirstPage } from './first-page/first-page.tsx'
import { Bird } from './parts/bird.tsx'
import { CrashGuard } from './parts/crash-guard.tsx'
import { Notices } from './parts/notices.tsx'
import { Shell } from './shell.tsx'
import { UpdateNotice } from './update-notice.tsx'

interface Props {
  session: AppSession
  entry: Entry
}

export function App({ session, entry }: Props) {
  // Whatever was drawn in another language is drawn anew.
  const tongue = useStore(language, tag => tag)
  const { client, phase } = useSyncExternalStore(session.subscribe, session.getSnapshot)
  const [problem, setProblem] = useState<string | null>(null)
  useEffect(() => {
    session.boot(entry.demo).catch(failure => {
      if (session.getSnapshot().client.getSnapshot().me) notify(failure)
      else setProblem(sentenceOf(failure))
    })
    if (entry.invite !== null) openDialog({ kind: 'join', token: entry.invite })
    else if (entry.name !== null) openDialog({ kind: 'name', name: entry.name })
  }, [session, entry])
  return (
    <CrashGuard>
      <ClientContext value={client}>
        {phase === 'starting' ? (
          <Splash />
        ) : (
          <Door key={tongue} session={session} problem={problem} />
        )}
      </ClientContext>
      <Notices key={tongue} />
      <UpdateNotice key={`update ${tongue}`} />
    </CrashGuard>
  )
}

function Door({ session, problem }: { session: AppSession; problem: string | null }) {
  const me = useMyId()
  const before = useRef(me)
  useEffect(() => {
    // Signed out in another window or on another device, or by deleting the account.
    if (before.current !== 0 && me === 0) {
      forgetPerson(before.current)
      session.ended()
    }
    before.current = me
  }, [me, session])
  const ended = useSnapshot(({ connection }) => connection.state === 'stopped')
  if (me !== 0) return <Shell session={session} />
  const why = ended ? text.connection.stopped.token_expired : null
  return <FirstPage session={session} problem={problem ?? why} />
}

function Splash() {
  return (
    <main className="splash" aria-busy="true">
      <Bird />
      <p className="muted">{text.loading}</p>
    </main>
  )
}
