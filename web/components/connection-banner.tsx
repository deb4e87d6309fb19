// One quiet line about the connection while it is not simply there.

import type { ConnectionState } from '#client/types.ts'
import { useSecondsUntil } from '../hooks/use-seconds-until.ts'
import { text } from '../locales/index.ts'
import { useSnapshot } from '../state/client-context.ts'

/** Why a connection stopped where only signing in helps. */
const sessionOver = new Set<(ConnectionState & { state: 'stopped' })['reason']>([
  'signed_out',
  'token_expired',
  'auth_failed',
  'session_revoked',
])

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
        <WayOn isOver={sessionOver.has(connection.reason)} onSignIn={onSignIn} />
      )}
    </div>
  )
}

/** What is no matter of the session is mended by a page of the server's version; what waits to be sent waits on. */
function WayOn({ isOver, onSignIn }: { isOver: boolean; onSignIn(): void }) {
  return (
    <button
      type="button"
      className="text-button"
      data-testid={isOver ? 'sign-in-again' : 'reload'}
      onClick={isOver ? onSignIn : () => location.reload()}
    >
      {isOver ? text.connection.signInAgain : text.reload}
    </button>
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
