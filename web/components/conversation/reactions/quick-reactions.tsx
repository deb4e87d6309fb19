// The first reactions that a chat allows, above a message's menu, and all of them after one more press.

import { useLayoutEffect, useRef, useState } from 'react'
import type { MessageView } from '#client/types.ts'
import { text } from '../../../locales/index.ts'
import { useClient } from '../../../state/client-context.ts'
import { useConversation } from '../../../state/conversation-scope.ts'
import { reactionsOf } from '../../../state/message-rights.ts'
import { notify } from '../../../state/notices.ts'
import { toggleReaction } from '../../../state/reactions.ts'
import { Icon } from '../../parts/icon.tsx'

const quickMax = 6

interface Props {
  message: MessageView
  onDone(): void
}

export function QuickReactions({ message, onDone }: Props) {
  const client = useClient()
  const { chat } = useConversation()
  const [all, setAll] = useState(false)
  const group = useRef<HTMLDivElement>(null)
  useLayoutEffect(() => {
    // The button that had the focus is gone: the first one that it brought has it now.
    if (all) group.current?.querySelectorAll('button')[quickMax]?.focus()
  }, [all])
  const allowed = reactionsOf(chat)
  const shown = all ? allowed : allowed.slice(0, quickMax)
  const choose = (emoji: string) => {
    onDone()
    toggleReaction(client, chat.id, message, emoji).catch(notify)
  }
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is no part of a menu.
    <div
      ref={group}
      className={all ? 'quick-reactions all' : 'quick-reactions'}
      role="group"
      aria-label={text.message.react}
    >
      {shown.map(emoji => (
        <button
          key={emoji}
          type="button"
          role="menuitemcheckbox"
          aria-checked={message.mine?.includes(emoji) ?? false}
          className="quick-reaction"
          aria-label={text.message.reactWith(emoji)}
          onClick={() => choose(emoji)}
        >
          {emoji}
        </button>
      ))}
      {!all && allowed.length > quickMax && (
        <button
          type="button"
          role="menuitem"
          className="quick-reaction"
          aria-label={text.message.moreReactions}
          onClick={() => setAll(true)}
        >
          <Icon name="down" />
        </button>
      )}
    </div>
  )
}
