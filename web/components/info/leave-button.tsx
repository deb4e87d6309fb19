// Leaves a group or channel, after one question.

import { useState } from 'react'
import type { ChatId } from '#shared/protocol/ids.ts'
import { useAction } from '../../hooks/use-action.ts'
import { text } from '../../locales/index.ts'
import { useClient } from '../../state/client-context.ts'
import { closeChat } from '../../state/view.ts'
import { ErrorLine } from '../parts/error-line.tsx'
import { Modal } from '../parts/modal.tsx'

export function LeaveButton({ chat }: { chat: ChatId }) {
  const client = useClient()
  const [asking, setAsking] = useState(false)
  const action = useAction()
  const leave = () =>
    action.run(async () => {
      await client.rooms.leave(chat)
      closeChat()
    })
  return (
    <section className="info-card">
      <button
        type="button"
        className="text-button danger"
        data-testid="leave"
        onClick={() => setAsking(true)}
      >
        {text.info.leave}
      </button>
      {asking && (
        <Modal title={text.info.leave} onClose={() => setAsking(false)}>
          <p>{text.info.leaveSure}</p>
          <ErrorLine error={action.error} />
          <div className="form-buttons">
            <button type="button" className="secondary" onClick={() => setAsking(false)}>
              {text.cancel}
            </button>
            <button
              type="button"
              className="primary danger"
              data-testid="leave-sure"
              disabled={action.busy}
              onClick={leave}
            >
              {text.info.leave}
            </button>
          </div>
        </Modal>
      )}
    </section>
  )
}
