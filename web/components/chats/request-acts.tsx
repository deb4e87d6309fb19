// The answers to a stranger's request, under their row in the inbox.

import type { ChatView } from '#client/types.ts'
import { useAction } from '../../hooks/use-action.ts'
import { text } from '../../locales/index.ts'
import { useClient } from '../../state/client-context.ts'
import { titleOf } from '../../state/naming.ts'
import { closeChat, openChat, screenView as shown } from '../../state/navigation.ts'
import { ask } from '../../state/questions.ts'
import { ErrorLine } from '../parts/error-line.tsx'

export function RequestActs({ view }: { view: ChatView }) {
  const client = useClient()
  const { run, busy, error } = useAction()
  const { id } = view.chat
  const end = async (answer: 'decline' | 'block', spam = false) => {
    await client.people.answer(id, answer, spam ? 'spam' : undefined)
    if (shown.get().chat === id) closeChat()
  }
  const accept = () =>
    run(async () => {
      await client.people.answer(id, 'accept')
      openChat(id)
    })
  const block = () =>
    ask({
      title: text.chats.menu.block,
      sentence: text.chats.blockSure(titleOf(view)),
      button: text.chats.menu.block,
      tick: text.chats.blockReport,
      run: spam => end('block', spam),
    })
  return (
    <div className="request-acts">
      <button type="button" className="secondary" disabled={busy} onClick={accept}>
        {text.chats.accept}
      </button>
      <button
        type="button"
        className="text-button"
        disabled={busy}
        onClick={() => run(() => end('decline'))}
      >
        {text.chats.decline}
      </button>
      <button type="button" className="text-button danger" disabled={busy} onClick={block}>
        {text.chats.menu.block}
      </button>
      <ErrorLine error={error} />
    </div>
  )
}
