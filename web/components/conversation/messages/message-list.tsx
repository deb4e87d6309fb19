// The messages of a chat as a virtual list: only what is near the screen is in the document.

import { useEffect, useMemo, useRef, useState } from 'react'
import { Virtualizer, type VirtualizerHandle } from 'virtua'
import type { ChatView, ChatWindow } from '#client/types.ts'
import type { UserId } from '#shared/protocol/ids.ts'
import { useAnnouncer } from '../../../hooks/use-announcer.ts'
import type { Jump } from '../../../hooks/use-jump.ts'
import { useLaidRows } from '../../../hooks/use-laid-rows.ts'
import { useListScroll } from '../../../hooks/use-list-scroll.ts'
import { useMarkRead } from '../../../hooks/use-mark-read.ts'
import { useMessageKeys } from '../../../hooks/use-message-keys.ts'
import { useStickyDay } from '../../../hooks/use-sticky-day.ts'
import { useUnreadDivider } from '../../../hooks/use-unread-divider.ts'
import { text } from '../../../locales/index.ts'
import { useMyId } from '../../../state/client-context.ts'
import { titleOf } from '../../../state/naming.ts'
import { type HeldRows, toRows } from '../../../state/rows.ts'
import { dayOf } from '../../../state/when.ts'
import { DayLine } from './day-line.tsx'
import { EndButtons } from './end-buttons.tsx'
import { MessageMenu } from './message-menu.tsx'
import { MessageRow } from './message-row.tsx'
import { MessageSkeleton } from './message-skeleton.tsx'

interface Props {
  view: ChatView
  window: ChatWindow
  jump: Jump
}

export function MessageList({ view, window, jump }: Props) {
  const me = useMyId()
  const list = useRef<VirtualizerHandle>(null)
  const readUpTo = useUnreadDivider(view, me)
  const [held] = useState<HeldRows>(() => new WeakMap())
  const wanted = useMemo(
    () => toRows(window.messages, me, readUpTo, held),
    [window.messages, me, readUpTo, held],
  )
  const laid = useLaidRows(wanted)
  const { rows } = laid
  const markRead = useMarkRead(list, rows, window, view)
  const day = useStickyDay(list, rows)
  const keys = useMessageKeys(list, rows)
  const announced = useAnnouncer(window)
  const { target, glow, arrived, forget } = jump
  const scroll = useListScroll({
    list,
    laid,
    window,
    sending: sendingOf(view, me),
    target,
    onArrived: arrived,
  })
  useEffect(() => {
    if (scroll.atEnd) forget()
  }, [scroll.atEnd, forget])
  const onScroll = () => {
    scroll.onScroll()
    day.onScroll()
    markRead()
  }
  return (
    <div className="conversation-body">
      {day.at !== null && <DayLine at={day.at} label={dayOf(day.at)} floats />}
      <section
        className="log"
        role="log"
        // A virtual list changes whenever it scrolls: what arrives is told by the line below it.
        aria-live="off"
        aria-label={text.conversation.log(titleOf(view))}
        aria-busy={window.loading}
        data-rows={rows.length}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable to be scrolled by keys.
        tabIndex={0}
        onKeyDown={keys.onKeyDown}
        onFocus={keys.onFocus}
        onBlur={keys.onBlur}
      >
        <div className="log-push" />
        {rows.length === 0 && <NoRows view={view} loading={window.loading} />}
        <Virtualizer
          key={laid.generation}
          ref={list}
          data={rows}
          shift={laid.shift}
          keepMounted={keys.kept}
          onScroll={onScroll}
          onResize={scroll.onResize}
        >
          {row => (
            <MessageRow key={row.key} row={row} glows={glow !== null && row.message.seq === glow} />
          )}
        </Virtualizer>
      </section>
      <p className="sr-only" aria-live="polite" data-testid="announced">
        {announced}
      </p>
      <EndButtons
        view={view}
        jump={jump}
        atEnd={scroll.atEnd}
        onEnd={() => {
          jump.stop()
          scroll.toEnd()
        }}
      />
      <MessageMenu rows={rows} />
    </div>
  )
}

/** An own message that waits to be sent; while the past is read it stands in no row. */
function sendingOf({ last }: ChatView, me: UserId): string | undefined {
  return last?.from === me && last.seq === undefined ? last.key : undefined
}

function NoRows({ view, loading }: { view: ChatView; loading: boolean }) {
  return loading ? <MessageSkeleton /> : <p className="muted empty">{emptySentence(view)}</p>
}

function emptySentence({ chat }: ChatView): string {
  if (chat.kind === 'saved') return text.conversation.emptySaved
  return chat.kind === 'channel' ? text.conversation.emptyChannel : text.conversation.empty
}
