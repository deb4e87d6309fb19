// Buttons that enter as one of the demo people; the second link opens another one in a window of its own.

import type { ClientConfig } from '#shared/protocol/http.ts'
import { useAction } from '../../hooks/use-action.ts'
import { text } from '../../locales/index.ts'
import type { AppSession } from '../../state/app-session.ts'
import { Avatar } from '../parts/avatar.tsx'
import { ErrorLine } from '../parts/error-line.tsx'

export function DemoPeople({
  people,
  session,
}: {
  people: ClientConfig['demo']
  session: AppSession
}) {
  const action = useAction()
  const second = people.find(({ username }) => username === 'bob') ?? people[1]
  return (
    <section className="card" aria-labelledby="demo-title">
      <h2 id="demo-title">{text.first.demoTitle}</h2>
      <p className="muted">{text.first.demoHint}</p>
      <div className="demo-people">
        {people.map(({ username, name }, index) => (
          <button
            key={username}
            type="button"
            className="demo-person"
            data-testid={`enter-${username}`}
            disabled={action.busy}
            onClick={() => action.run(() => session.enterDemo(username))}
          >
            <Avatar id={index + 1} name={name} />
            {text.first.enterAs(name)}
          </button>
        ))}
      </div>
      {second && (
        // A fresh window without an opener does not inherit this window's person.
        <a
          className="quiet-link"
          href={`/?demo=${encodeURIComponent(second.username)}`}
          target="_blank"
          rel="noopener"
        >
          {text.first.secondWindow(second.name)}
        </a>
      )}
      <ErrorLine error={action.error} />
    </section>
  )
}
