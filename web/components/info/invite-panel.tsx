// The invite links of a chat. A new link is shown once, because the server keeps only its hash.

import { useCallback, useEffect, useState } from 'react'
import type { Chat, User } from '#client/types.ts'
import type { OpOut } from '#shared/protocol/ops.ts'
import { useAction } from '../../hooks/use-action.ts'
import { text } from '../../locales/index.ts'
import { useClient } from '../../state/client-context.ts'
import { inviteLink } from '../../state/entry.ts'
import { ErrorLine } from '../parts/error-line.tsx'
import { InviteRow } from './invite-row.tsx'
import { NewLink } from './new-link.tsx'

export function InvitePanel({ chat }: { chat: Chat }) {
  const client = useClient()
  const action = useAction()
  const [list, setList] = useState<OpOut<'invites'>>({ invites: [], users: [] })
  const [fresh, setFresh] = useState<string | null>(null)
  const { run } = action
  const reload = useCallback(
    async () => setList(await client.invites.list(chat.id)),
    [client, chat.id],
  )
  useEffect(() => run(reload), [run, reload])

  const create = () =>
    run(async () => {
      const { token } = await client.invites.create(chat.id)
      setFresh(inviteLink(token))
      await reload()
    })
  const revoke = (invite: number) =>
    run(async () => {
      await client.invites.revoke(chat.id, invite)
      await reload()
    })
  const names = new Map<number, User>(list.users.map(user => [user.id, user]))
  return (
    <section className="info-card" aria-label={text.info.invites}>
      <h3>{text.info.invites}</h3>
      <button
        type="button"
        className="secondary"
        data-testid="create-invite"
        disabled={action.busy}
        onClick={create}
      >
        {text.info.createInvite}
      </button>
      {fresh !== null && <NewLink link={fresh} />}
      <ErrorLine error={action.error} />
      <ul className="people">
        {list.invites.map(invite => (
          <InviteRow
            key={invite.id}
            invite={invite}
            by={names.get(invite.by)?.name || text.chats.unnamed}
            onRevoke={() => revoke(invite.id)}
          />
        ))}
      </ul>
    </section>
  )
}
