// A stranger has begun this chat: let them, send them away, or block them, and report them at once if they deserve it.

import type { ChatView } from '#client/types.ts'
import { useAction } from '../../../hooks/use-action.ts'
import { text } from '../../../locales/index.ts'
import { useClient } from '../../../state/client-context.ts'
import { titleOf } from '../../../state/naming.ts'
import { closeChat } from '../../../state/navigation.ts'
import { ask } from '../../../state/questions.ts'
import { ErrorLine } from '../../parts/error-line.tsx'

export function RequestBar({ view }: { view: ChatView }) {
  const client = useClient()
  const action = useAction()
  const { id } = view.chat
  const block = () =>
    ask({
      title: text.bars.blockTitle(titleOf(view)),
      sentence: text.bars.blockSure,
      button: text.bars.block,
      tick: text.bars.alsoReport,
      run: async report => {
        await client.people.answer(id, 'block', report ? 'spam' : undefined)
        closeChat()
      },
    })
  const decline = () =>
    action.run(async () => {
      await client.people.answer(id, 'decline')
      closeChat()
    })
  return (
    <section className="request-bar" aria-label={text.bars.request} data-testid="request-bar">
      <p>{text.bars.requestOf(titleOf(view))}</p>
      <ErrorLine error={action.error} />
      <div className="request-buttons">
        <button type="button" className="text-button danger" disabled={action.busy} onClick={block}>
          {text.bars.block}
        </button>
        <button type="button" className="secondary" disabled={action.busy} onClick={decline}>
          {text.bars.decline}
        </button>
        <button
          type="button"
          className="primary"
          disabled={action.busy}
          onClick={() => action.run(() => client.people.answer(id, 'accept'))}
        >
          {text.bars.accept}
        </button>
      </div>
    </section>
  )
}
