// One invite link: who made it, how often it was used, and ending it.

import type { OpOut } from '#shared/protocol/ops.ts'
import { text } from '../../locales/index.ts'
import { dayOf } from '../../state/when.ts'

interface Props {
  invite: OpOut<'invites'>['invites'][number]
  /** Name of its maker. */
  by: string
  onRevoke(): void
}

export function InviteRow({ invite, by, onRevoke }: Props) {
  return (
    <li className="person">
      <span className="person-name">
        {text.info.inviteBy(by, dayOf(invite.at))}
        <span className="muted person-handle">{text.info.uses(invite.uses)}</span>
      </span>
      {invite.revoked ? (
        <span className="role-tag">{text.info.revoked}</span>
      ) : (
        <button type="button" className="text-button danger" onClick={onRevoke}>
          {text.info.revoke}
        </button>
      )}
    </li>
  )
}
