// One quiet line about the connection while it is not simply there.

import type { ConnectionState } from '#client/types.ts'
import { useSecondsUntil } from '../hooks/use-seconds-until.ts'
import { text } from '../locales/index.ts'
import { useSnapshot } from '../state/client-context.ts'

export function ConnectionBanner({ onSignIn }: { onSignIn(): void }) {
  const connection = useSnapshot(snapshot => snapshot.connection)
  const pending = useSnapshot(snapshot => snapshot.pending)
  const online = connection.state === 'online'
  return (
    <div
      className={online ? 'connection quiet' : 'connection'}
      role="status"
      data-testid="connection"
      data-state={connection.state}
    >
      {!online && (
        <p>
          <Sentence connection={connection} /> {pending > 0 && text.connection.pending(pending)}
        </p>
      )}
      {connection.state === 'stopped' && (
        <button type="button" className="text-button" onClick={onSignIn}>
          {text.connection.signInAgain}
        </button>
      )}
    </div>
  )
}

function Sentence({ connection }: { connection: ConnectionState }) {
  switch (connection.state) {
    case 'waiting':
      return <Waiting until={connection.retryAt} />
    case 'stopped':
      return text.connection.stopped[connection.reason]
    case 'online':
      return null
    default:
      return text.connection[connection.state]
  }
}

function Waiting({ until }: { until: number }) {
  return text.connection.waiting(useSecondsUntil(until))
}
