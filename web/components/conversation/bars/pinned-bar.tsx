// Below the header: what is pinned, one after the other with each press, and the list of all.

import { useState } from 'react'
import type { ChatView, ChatWindow } from '#client/types.ts'
import { coverSpoilers } from '#shared/protocol/cover-spoilers.ts'
import { usePins } from '../../../hooks/use-pins.ts'
import { text } from '../../../locales/index.ts'
import { openPanel } from '../../../state/conversation-panel.ts'
import { useConversation } from '../../../state/conversation-scope.ts'
import { Icon } from '../../parts/icon.tsx'
import { IconButton } from '../../parts/icon-button.tsx'

export function PinnedBar({ view: { chat }, window }: { view: ChatView; window: ChatWindow }) {
  const { go } = useConversation()
  const pins = usePins(window)
  const [turn, setTurn] = useState(0)
  const at = turn % Math.max(1, pins.length)
  const pin = pins[at]
  if (!pin) return null
  return (
    <div className="pinned-bar" data-testid="pinned-bar">
      <button
        type="button"
        className="pinned-current"
        onClick={() => {
          go(pin.seq)
          setTurn(at + 1)
        }}
      >
        <Icon name="pin" />
        <span className="pinned-words">
          <strong>{text.bars.pinned(at + 1, pins.length)}</strong>
          <span>{coverSpoilers(pin.text, pin.ents).slice(0, 200)}</span>
        </span>
      </button>
      <IconButton
        icon="list"
        label={text.bars.allPins}
        onClick={() => openPanel({ kind: 'pins', chat: chat.id })}
      />
    </div>
  )
}
