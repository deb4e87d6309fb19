// Joins a group or channel by an invite link: shows what it leads to, then asks.

import { useEffect, useState } from 'react'
import type { OpOut } from '#shared/protocol/ops.ts'
import { useAction } from '../../hooks/use-action.ts'
import { text } from '../../locales/index.ts'
import { useClient, useSnapshot } from '../../state/client-context.ts'
import { inviteToken } from '../../state/entry.ts'
import { openChat } from '../../state/view.ts'
import { Field } from '../parts/field.tsx'
import { DialogForm } from './dialog-form.tsx'

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
  const { token, preview } = found
  const { joined } = preview
  const enter = async () => {
    const chat = joined ?? (await client.invites.join(token))?.id
    if (chat !== undefined) openChat(chat)
    else setFound({ token, preview: { ...preview, requested: true } })
  }
  return (
    <DialogForm
      title={joined ? preview.title : text.dialogs.joinTitle(preview.title)}
      button={joined ? text.dialogs.openIt : text.dialogs.join}
      submit={enter}
      action={action}
    >
      <p>
        {preview.kind === 'channel'
          ? text.dialogs.channelOf(preview.members)
          : text.dialogs.groupOf(preview.members)}
      </p>
      {joined && <p className="muted">{text.dialogs.alreadyIn}</p>}
      {preview.requested && <p className="muted">{text.dialogs.requested}</p>}
    </DialogForm>
  )
}
