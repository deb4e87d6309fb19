// In the composer's place while messages are selected: how many, and what can be done with all of them.

import { useEffect, useRef } from 'react'
import type { ChatWindow, MessageView } from '#client/types.ts'
import { useShortcut } from '../../../hooks/use-shortcut.ts'
import { text } from '../../../locales/index.ts'
import { useClient } from '../../../state/client-context.ts'
import { openPanel } from '../../../state/conversation-panel.ts'
import { useConversation } from '../../../state/conversation-scope.ts'
import { copyText } from '../../../state/copy-text.ts'
import { mayDeleteForAll, mayForward } from '../../../state/message-rights.ts'
import { givenNameOf } from '../../../state/naming.ts'
import { notify } from '../../../state/notices.ts'
import { messageAt } from '../../../state/rows.ts'
import { selectedSeqs, selection, stopSelecting } from '../../../state/selection.ts'
import { useStore } from '../../../state/store.ts'
import { exactly } from '../../../state/when.ts'
import { Icon, type IconName } from '../../parts/icon.tsx'
import { IconButton } from '../../parts/icon-button.tsx'
import { askDelete } from '../messages/ask-delete.ts'

export function SelectionBar({ window }: { window: ChatWindow }) {
  const client = useClient()
  const { chat, me } = useConversation()
  const bar = useRef<HTMLDivElement>(null)
  const chosen = useStore(selection, value => value)
  const messages = selectedSeqs(chosen).flatMap(seq => messageAt(window.messages, seq) ?? [])
  useShortcut('close', () => void stopSelecting())
  useEffect(() => bar.current?.querySelector('button')?.focus(), [])
  const copy = () => {
    // Others may get to read it: nobody learns how they are called here.
    const names = client.getSnapshot()
    const words = textOf(messages, user => givenNameOf(names, user))
    copyText(words).then(stopSelecting, notify)
  }
  const remove = () =>
    askDelete(
      client,
      chat,
      messages.flatMap(message =>
        message.seq === undefined
          ? []
          : { seq: message.seq, forAll: mayDeleteForAll(message, chat, me) },
      ),
    )
  const forward = () => openPanel({ kind: 'forward', from: chat.id, seqs: selectedSeqs(chosen) })
  return (
    <div className="selection-bar" ref={bar} role="toolbar" aria-label={text.message.select}>
      <IconButton icon="close" label={text.bars.stopSelecting} onClick={stopSelecting} />
      <p role="status" data-testid="selected">
        {text.bars.selected(chosen.seqs.size)}
      </p>
      <Act icon="copy" label={text.message.copy} onPress={copy} />
      {messages.every(mayForward) && (
        <Act icon="share" label={text.message.forward} onPress={forward} />
      )}
      <Act icon="trash" label={text.message.remove} onPress={remove} danger />
    </div>
  )
}

interface ActProps {
  icon: IconName
  label: string
  danger?: boolean
  onPress(): void
}

function Act({ icon, label, danger = false, onPress }: ActProps) {
  return (
    <button
      type="button"
      className={danger ? 'bar-act danger' : 'bar-act'}
      title={label}
      onClick={onPress}
    >
      <Icon name={icon} />
      <span>{label}</span>
    </button>
  )
}

/** One message is its text alone; several say whose and when. */
function textOf(messages: readonly MessageView[], name: (user: number) => string): string {
  if (messages.length === 1) return messages[0]?.text ?? ''
  return messages
    .map(({ from, at, text: words }) => `${name(from)}, ${exactly(at)}\n${words}`)
    .join('\n\n')
}
