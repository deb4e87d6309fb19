// One device that is signed in: what it is, where it was last, and signing it out.

import type { SessionPage } from '#client/index.ts'
import { text } from '../../locales/index.ts'
import { ago, exactly } from '../../state/when.ts'
import { Icon } from '../parts/icon.tsx'

interface Props {
  session: SessionPage['sessions'][number]
  busy?: boolean
  /** Left out for this device: it signs out by its own menu. */
  onRevoke?(): void
}

export function SessionRow({ session, busy = false, onRevoke }: Props) {
  const name = session.name || session.platform || text.settings.sessions.unknown
  const where = [session.platform === name ? '' : session.platform, session.ip].filter(Boolean)
  return (
    <li className="person" data-testid="session" data-current={session.current}>
      <span className="session-icon">
        <Icon name="device" />
      </span>
      <span className="person-name">
        {name}
        <span className="muted person-handle">
          {where.join(' · ')}
          {where.length > 0 && ' · '}
          <time
            dateTime={new Date(session.lastUsedAt).toISOString()}
            title={exactly(session.lastUsedAt)}
          >
            {session.current
              ? text.settings.sessions.inUse
              : text.settings.sessions.used(ago(session.lastUsedAt))}
          </time>
        </span>
      </span>
      {onRevoke && (
        <button
          type="button"
          className="text-button danger"
          aria-label={text.settings.sessions.revokeOne(name)}
          data-testid="revoke"
          disabled={busy}
          onClick={onRevoke}
        >
          {text.settings.sessions.revoke}
        </button>
      )}
    </li>
  )
}
