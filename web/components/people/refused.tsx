// Some people do not let themselves be added to groups: they are offered an invite link instead.

import { useState } from 'react'
import type { ChatId, UserId } from '#shared/protocol/ids.ts'
import { useAction } from '../../hooks/use-action.ts'
import { text } from '../../locales/index.ts'
import { useClient, useNames } from '../../state/client-context.ts'
import { inviteLink } from '../../state/links.ts'
import { listOf } from '../../state/lists.ts'
import { nameOf } from '../../state/naming.ts'
import { CopyLine } from '../parts/copy-line.tsx'
import { ErrorLine } from '../parts/error-line.tsx'
import { Modal } from '../parts/modal.tsx'

interface Props {
  chat: ChatId
  refused: readonly UserId[]
  onDone(): void
}

export function Refused({ chat, refused, onDone }: Props) {
  const client = useClient()
  const names = useNames()
  const [link, setLink] = useState<string | null>(null)
  const { run, busy, error } = useAction()
  const make = () => run(async () => setLink(inviteLink((await client.invites.create(chat)).token)))
  const people = listOf(refused.map(user => nameOf(names, user)))
  return (
    <Modal title={text.dialogs.refusedTitle} onClose={onDone}>
      <div className="form" data-testid="refused">
        <p>{text.dialogs.refused(people)}</p>
        {link !== null && <CopyLine label={text.info.newLink} value={link} />}
        <ErrorLine error={error} />
        <div className="form-buttons">
          {link === null && (
            <button type="button" className="secondary" disabled={busy} onClick={make}>
              {text.dialogs.makeLink}
            </button>
          )}
          <button type="button" className="primary" onClick={onDone}>
            {text.dialogs.openChat}
          </button>
        </div>
      </div>
    </Modal>
  )
}
