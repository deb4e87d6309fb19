// What a newcomer sees: the demo people (in demo mode), sign in, and register.

import { useEffect, useState } from 'react'
import type { ClientConfig } from '#shared/protocol/http.ts'
import { text } from '../../locales/index.ts'
import type { AppSession } from '../../state/app-session.ts'
import { sentenceOf } from '../../state/failure.ts'
import { LandingNote } from '../landing/landing-note.tsx'
import { Bird } from '../parts/bird.tsx'
import { ErrorLine } from '../parts/error-line.tsx'
import { AccountForm } from './account-form.tsx'
import { DemoPeople } from './demo-people.tsx'
import { LanguageLinks } from './language-links.tsx'

interface Props {
  session: AppSession
  /** Why the visit began here, when an entry by address failed. */
  problem: string | null
}

export function FirstPage({ session, problem }: Props) {
  const [demo, setDemo] = useState<ClientConfig['demo']>([])
  const [error, setError] = useState(problem)
  useEffect(() => {
    let current = true
    session
      .getSnapshot()
      .client.api.config()
      .then(config => current && setDemo(config.demo))
      .catch(failure => current && setError(sentenceOf(failure)))
    return () => {
      current = false
    }
  }, [session])
  return (
    <main className="first-page">
      <header className="first-head">
        <Bird />
        <h1>{text.app}</h1>
        <p className="muted">{text.tagline}</p>
      </header>
      <LandingNote />
      <ErrorLine error={error} />
      <div className="first-cards">
        {demo.length > 0 && <DemoPeople people={demo} session={session} />}
        <AccountForm session={session} />
      </div>
      <LanguageLinks />
    </main>
  )
}
