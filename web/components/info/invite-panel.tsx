// The invite links of a chat. A new link is shown once, because the server keeps only its hash.

import { useCallback, useEffect, useState } from 'react'
import type { Chat, User } from '#client/types.ts'
import type { OpOut } from '#shared/protocol/ops.ts'
import { useAction } from '../../hooks/use-action.ts'
import { text } from '../../locales/index.ts'
import { useClient, useSnapshot } from '../../state/client-context.ts'
import { sentenceOf } from '../../state/failure.ts'
import { inviteLink } from '../../state/links.ts'
import { nameOf } from '../../state/naming.ts'
import { ask } from '../../state/questions.ts'
import { CopyLine } from '../parts/copy-line.tsx'
import { ErrorLine } from '../parts/error-line.tsx'
import { Skeleton } from '../parts/skeleton.tsx'
import { InviteForm } from './invite-form.tsx'
import { InviteRow } from './invite-row.tsx'

type Invites = OpOut<'invites'>

export function InvitePanel({ chat }: { chat: Chat }) {
  const client = useClient()
  const { run, busy, error, setError } = useAction()
  const [list, setList] = useState<Invites | null>(null)
  const [fresh, setFresh] = useState<string | null>(null)
  const [detailed, setDetailed] = useState(false)
  const reload = useCallback(
    () =>
      client.invites
        .list(chat.id)
        .then(setList)
        .catch(failure => setError(sentenceOf(failure))),
    [client, chat.id, setError],
  )
  useEffect(() => void reload(), [reload])

  const create = (options: Parameters<typeof client.invites.create>[1] = {}) =>
    run(async () => {
      const { token } = await client.invites.create(chat.id, options)
      setFresh(inviteLink(token))
      setDetailed(false)
      await reload()
    })
  const revoke = (invite: Invites['invites'][number]) =>
    ask({
      title: text.info.revoke,
      sentence: text.invites.revokeSure(invite.name ?? ''),
      button: text.info.revoke,
      run: async () => {
        await client.invites.revoke(chat.id, invite.id)
        await reload()
      },
    })
  const contacts = useSnapshot(snapshot => snapshot.contacts)
  const people = new Map<number, User>(list?.users.map(user => [user.id, user]))
  return (
    <section className="info-card form" aria-label={text.info.pages.invites}>
      {fresh !== null && <CopyLine label={text.info.newLink} value={fresh} testId="invite-link" />}
      {detailed ? (
        <InviteForm
          busy={busy}
          error={error}
          onCreate={create}
          onCancel={() => setDetailed(false)}
        />
      ) : (
        <>
          <button
            type="button"
            className="secondary"
            data-testid="create-invite"
            disabled={busy}
            onClick={() => create()}
          >
            {text.info.createInvite}
          </button>
          <button
            type="button"
            className="text-button"
            data-testid="detailed-invite"
            onClick={() => setDetailed(true)}
          >
            {text.invites.detailed}
          </button>
          <ErrorLine error={error} />
        </>
      )}
      {list === null && error === null && <Skeleton rows={3} />}
      {list?.invites.length === 0 && <p className="muted empty">{text.invites.none}</p>}
      <ul className="people">
        {list?.invites.map(invite => (
          <InviteRow
            key={invite.id}
            invite={invite}
            by={nameOf({ users: people, contacts }, invite.by)}
            onRevoke={() => revoke(invite)}
          />
        ))}
      </ul>
    </section>
  )
}
