// Why a message was refused, and what the person can do about it.

import type { MessageView } from '#client/types.ts'
import { text } from '../../../locales/index.ts'
import { useClient } from '../../../state/client-context.ts'

export function FailedLine({ message }: { message: MessageView }) {
  const client = useClient()
  return (
    <div className="failed-line">
      <span>{message.error ? text.errors[message.error] : text.message.states.failed}</span>
      <button type="button" className="text-button" onClick={() => client.retry(message.rid)}>
        {text.message.retry}
      </button>
      <button type="button" className="text-button" onClick={() => client.discard(message.rid)}>
        {text.message.discard}
      </button>
    </div>
  )
}
