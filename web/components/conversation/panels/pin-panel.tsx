// Asks whether the others are told of a pin.

import { useState } from 'react'
import type { ChatId, Seq } from '#shared/protocol/ids.ts'
import { useAction } from '../../../hooks/use-action.ts'
import { text } from '../../../locales/index.ts'
import { useClient } from '../../../state/client-context.ts'
import { closePanel } from '../../../state/conversation-panel.ts'
import { ErrorLine } from '../../parts/error-line.tsx'
import { Modal } from '../../parts/modal.tsx'
import { Tick } from '../../parts/tick.tsx'

export function PinPanel({ chat, seq }: { chat: ChatId; seq: Seq }) {
  const client = useClient()
  const action = useAction()
  const [tell, setTell] = useState(true)
  const pin = () =>
    action.run(async () => {
      await client.pin(chat, seq, tell ? {} : { silent: true })
      closePanel()
    })
  return (
    <Modal title={text.panels.pinTitle} onClose={closePanel}>
      <div className="form">
        <Tick label={text.panels.pinNotify} checked={tell} onChecked={setTell} />
        <ErrorLine error={action.error} />
        <div className="form-buttons">
          <button type="button" className="secondary" onClick={closePanel}>
            {text.cancel}
          </button>
          <button type="button" className="primary" disabled={action.busy} onClick={pin}>
            {text.panels.pinButton}
          </button>
        </div>
      </div>
    </Modal>
  )
}
