// One invite link: its name, who made it, how often it was used, when it ends, and ending it.

import type { OpOut } from '#shared/protocol/ops.ts'
import { text } from '../../locales/index.ts'
import { dayOf, moment } from '../../state/when.ts'

type Invite = OpOut<'invites'>['invites'][number]

interface Props {
  invite: Invite
  /** Name of its maker. */
  by: string
  onRevoke(): void
}

export function InviteRow({ invite, by, onRevoke }: Props) {
  const state = stateOf(invite)
  return (
    <li className="person" data-testid="invite">
      <span className="person-name">
        {invite.name || text.info.inviteBy(by, dayOf(invite.at))}
        <span className="muted person-handle">
          {invite.name && `${text.info.inviteBy(by, dayOf(invite.at))}. `}
          {factsOf(invite).join(', ')}
        </span>
      </span>
      {state !== null ? (
        <span className="role-tag">{state}</span>
      ) : (
        <button type="button" className="text-button danger" onClick={onRevoke}>
          {text.info.revoke}
        </button>
      )}
    </li>
  )
}

function factsOf({ uses, usesMax, expiresAt, approval }: Invite): string[] {
  const words = text.invites
  return [
    usesMax === undefined ? text.info.uses(uses) : words.usesOf(uses, usesMax),
    ...(expiresAt === undefined ? [] : [words.endsAt(moment(expiresAt))]),
    ...(approval ? [words.byApproval] : []),
  ]
}

/** Why it leads nowhere any more; null while it does. */
function stateOf({ revoked, expiresAt, uses, usesMax }: Invite): string | null {
  if (revoked) return text.info.revoked
  if (expiresAt !== undefined && expiresAt <= Date.now()) return text.invites.expired
  return usesMax !== undefined && uses >= usesMax ? text.invites.usedUp : null
}
