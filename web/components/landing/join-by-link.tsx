// Joins a group or channel by an invite link: shows what it leads to, then asks.

import { useEffect, useState } from 'react'
import type { OpOut } from '#shared/protocol/ops.ts'
import { useAction } from '../../hooks/use-action.ts'
import { text } from '../../locales/index.ts'
import { useClient, useSnapshot } from '../../state/client-context.ts'
import { openChat, openDialog } from '../../state/navigation.ts'
import { inviteToken, nameInLink } from '../../state/pasted.ts'
import { DialogForm } from '../dialogs/dialog-form.tsx'
import { Field } from '../parts/field.tsx'
import { RoomCard } from './room-card.tsx'

type Preview = OpOut<'previewInvite'>

export function JoinByLink({ given }: { given: string }) {
  const client = useClient()
  const online = useSnapshot(({ connection }) => connection.state === 'online')
  const action = useAction()
  const [link, setLink] = useState(given)
  const [found, setFound] = useState<{ token: string; preview: Preview } | null>(null)
  const { run, setError } = action

  // A link that was opened in the browser is looked up as soon as there is a connection.
  useEffect(() => {
    if (given === '' || !online) return
    run(async () => setFound({ token: given, preview: await client.invites.preview(given) }))
  }, [client, given, online, run])

  const lookUp = async () => {
    const name = nameInLink(link)
    if (name !== null) return openDialog({ kind: 'name', name })
    const token = inviteToken(link)
    if (token === null) return setError(text.dialogs.badLink)
    setFound({ token, preview: await client.invites.preview(token) })
  }
  if (!found) {
    return (
      <DialogForm
        title={text.chats.join}
        button={text.dialogs.look}
        submit={lookUp}
        action={action}
      >
        <Field
          label={text.dialogs.link}
          hint={text.dialogs.linkHint}
          name="link"
          autoComplete="off"
          required
          value={link}
          onValue={setLink}
        />
      </DialogForm>
    )
  }
  return (
    <Invitation
      {...found}
      action={action}
      onRequested={() =>
        setFound({ token: found.token, preview: { ...found.preview, requested: true } })
      }
    />
  )
}

interface InvitationProps {
  token: string
  preview: Preview
  action: ReturnType<typeof useAction>
  onRequested(): void
}

function Invitation({ token, preview, action, onRequested }: InvitationProps) {
  const client = useClient()
  const { joined, title } = preview
  const words = text.dialogs
  const enter = async () => {
    const chat = joined ?? (await client.invites.join(token))?.id
    if (chat !== undefined) openChat(chat)
    else onRequested()
  }
  return (
    <DialogForm
      title={joined ? title : words.joinTitle(title)}
      button={buttonOf(preview)}
      submit={enter}
      action={action}
      done={preview.requested === true}
    >
      <RoomCard id={joined ?? title.length} {...preview} />
      {joined && <p className="muted">{words.alreadyIn}</p>}
      {preview.approval && !preview.requested && !joined && (
        <p className="muted">{words.needsAnswer}</p>
      )}
      {preview.requested && <p role="status">{words.requested}</p>}
    </DialogForm>
  )
}

function buttonOf({ joined, approval }: Preview): string {
  if (joined) return text.dialogs.openIt
  return approval ? text.dialogs.askToJoin : text.dialogs.join
}
