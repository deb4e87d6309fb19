// The messages of a chat as a virtual list: only what is near the screen is in the document.

import { useMemo, useRef } from 'react'
import { Virtualizer, type VirtualizerHandle } from 'virtua'
import type { ChatView, ChatWindow } from '#client/types.ts'
import type { Jump } from '../../hooks/use-jump.ts'
import { useListScroll } from '../../hooks/use-list-scroll.ts'
import { useMarkRead } from '../../hooks/use-mark-read.ts'
import { useRowChange } from '../../hooks/use-row-change.ts'
import { useUnreadDivider } from '../../hooks/use-unread-divider.ts'
import { text } from '../../locales/index.ts'
import { useMyId } from '../../state/client-context.ts'
import { titleOf } from '../../state/naming.ts'
import { toRows } from '../../state/rows.ts'
import { Icon } from '../parts/icon.tsx'
import { MessageRow } from './message-row.tsx'

interface Props {
  view: ChatView
  window: ChatWindow
  jump: Jump
}

export function MessageList({ view, window, jump }: Props) {
  const me = useMyId()
  const list = useRef<VirtualizerHandle>(null)
  const readUpTo = useUnreadDivider(view, me)
  const rows = useMemo(() => toRows(window.messages, me, readUpTo), [window.messages, me, readUpTo])
  const { shift, generation } = useRowChange(rows)
  const markRead = useMarkRead(list, rows, view)
  const scroll = useListScroll({
    list,
    rows,
    window,
    generation,
    target: jump.target,
    onArrived: jump.arrived,
  })
  const toEnd = () => (window.moreAfter ? jump.to(view.chat.seq) : scroll.toEnd())
  const onScroll = () => {
    scroll.onScroll()
    markRead()
  }
  return (
    <div className="talk-body">
      <div
        className="log"
        role="log"
        aria-label={text.talk.log(titleOf(view))}
        aria-busy={window.loading}
        data-rows={rows.length}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable to be scrolled by keys.
        tabIndex={0}
      >
        <div className="log-push" />
        {rows.length === 0 && (
          <p className="muted empty">{window.loading ? text.loading : emptySentence(view)}</p>
        )}
        <Virtualizer
          key={generation}
          ref={list}
          data={rows}
          shift={shift}
          onScroll={onScroll}
          onResize={scroll.onResize}
        >
          {row => <MessageRow key={row.key} row={row} view={view} window={window} jump={jump} />}
        </Virtualizer>
      </div>
      {!scroll.atEnd && (
        <button
          type="button"
          className="to-end"
          aria-label={text.talk.toBottom}
          data-testid="to-end"
          onClick={toEnd}
        >
          <Icon name="down" />
          {view.unread > 0 && <span className="badge">{view.unread}</span>}
        </button>
      )}
    </div>
  )
}

function emptySentence({ chat }: ChatView): string {
  if (chat.kind === 'saved') return text.talk.emptySaved
  return chat.kind === 'channel' ? text.talk.emptyChannel : text.talk.empty
}
