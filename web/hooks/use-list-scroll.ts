// Where the message list stands: opens at the first unread or at the end, sticks to the end while the person is
// there, keeps what is on screen in place while other messages come and go, goes to a message that was asked for.

import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react'
import type { VirtualizerHandle } from 'virtua'
import type { ChatWindow } from '#client/types.ts'
import type { Seq } from '#shared/protocol/ids.ts'
import { useClient } from '../state/client-context.ts'
import { notify, notifyUnlessOffline } from '../state/notices.ts'
import type { Laid } from '../state/row-change.ts'
import { goalOf } from '../state/rows.ts'

const endPx = 60
const loadAheadPx = 1_000

export interface ListScroll {
  atEnd: boolean
  onScroll(): void
  onResize(): void
  /** To the newest message, loaded or not, and on with what comes. */
  toEnd(): void
}

interface Input {
  list: RefObject<VirtualizerHandle | null>
  laid: Laid
  window: ChatWindow
  /** What the person is sending: they go to the end, where it is. */
  sending: string | undefined
  /** The message to show; `onArrived` is called when it is on screen. */
  target: Seq | null
  onArrived(seq: Seq): void
}

interface Anchor {
  key: string
  /** Where its top stands, in px below the top of the screen. */
  offset: number
  /** None of a message that waits to be sent. */
  seq: Seq | undefined
}

export function useListScroll(input: Input): ListScroll {
  const { list, laid, window, sending, target, onArrived } = input
  const { rows, generation, torn } = laid
  const client = useClient()
  const [atEnd, setAtEnd] = useState(true)
  const stick = useRef(true)
  /** The end is wanted and perhaps not loaded yet. */
  const ending = useRef(false)
  /** False until the first position is taken: scroll events before that are not the person's. */
  const settled = useRef(false)
  const anchor = useRef<Anchor | null>(null)
  const lastOffset = useRef(0)
  const { chat, moreAfter } = window
  const loadNear = useLoadNear(list, settled, window)

  const toLast = useCallback(() => {
    setAtEnd(true)
    list.current?.scrollToIndex(rows.length - 1, { align: 'end' })
  }, [list, rows.length])

  const onScroll = useCallback(() => {
    const handle = list.current
    if (!handle || !settled.current) return
    anchor.current = anchorOf(handle, laid)
    const { scrollOffset } = handle
    const end = isNearEnd(handle) && !moreAfter
    // Only somebody who scrolls up leaves the end: it also moves away by itself while much arrives.
    if (end) stick.current = true
    else if (scrollOffset < lastOffset.current || moreAfter) stick.current = false
    lastOffset.current = scrollOffset
    setAtEnd(end || stick.current)
    client.reading(chat, stick.current ? null : (anchor.current?.seq ?? null))
    loadNear()
  }, [client, chat, list, laid, moreAfter, loadNear])

  // biome-ignore lint/correctness/useExhaustiveDependencies: only a new part of the history takes a new first position.
  useLayoutEffect(() => {
    if (generation === 0) return
    settled.current = false
    const divider = ending.current ? -1 : rows.findIndex(row => row.divider)
    stick.current = divider < 0 && target === null
    if (target === null && divider >= 0) {
      list.current?.scrollToIndex(divider, { align: 'start', offset: -endPx })
    } else if (target === null) toLast()
    const frame = requestAnimationFrame(() => {
      settled.current = true
      // Who saw the end follows it, also past what came before this frame was drawn.
      if (target === null && !moreAfter && isShown(list.current, rows.length - 1)) {
        stick.current = true
        list.current?.scrollTo(list.current.scrollSize)
      }
      // Where all fits on the screen nothing scrolls that would tell.
      onScroll()
    })
    return () => cancelAnimationFrame(frame)
  }, [generation])

  const goal = target === null ? undefined : goalOf(window, target)
  useLayoutEffect(() => {
    if (target === null) return
    ending.current = false
    const index = rows.findIndex(row => row.key === goal?.key)
    if (index < 0) return
    stick.current = false
    list.current?.scrollToIndex(index, { align: 'center' })
    onArrived(target)
  }, [list, rows, target, goal, onArrived])

  useLayoutEffect(() => {
    if (sending !== undefined) ending.current = true
  }, [sending])
  // biome-ignore lint/correctness/useExhaustiveDependencies: each change of the rows may move the end.
  useLayoutEffect(() => {
    if (ending.current && !moreAfter) {
      ending.current = false
      stick.current = true
    }
    if (stick.current && !moreAfter) toLast()
    else if (torn) hold(list.current, laid, anchor.current)
  }, [rows, moreAfter, toLast])

  const onResize = useCallback(() => {
    // A list that grows is scrolled back by the browser, which looked like somebody who leaves the end.
    stick.current ||= settled.current && !moreAfter && isNearEnd(list.current)
    if (stick.current && !moreAfter) toLast()
  }, [list, moreAfter, toLast])

  const toEnd = useCallback(() => {
    ending.current = moreAfter
    if (!moreAfter) {
      stick.current = true
      toLast()
    }
    // Also where the end is loaded: it takes the place of a jump that is on its way.
    client.toNewest(chat).catch(failure => {
      ending.current = false
      notify(failure)
    })
  }, [client, chat, moreAfter, toLast])

  return { atEnd: atEnd && !moreAfter, onScroll, onResize, toEnd }
}

/** Loads the next page before its rows are needed. */
function useLoadNear(
  list: RefObject<VirtualizerHandle | null>,
  settled: RefObject<boolean>,
  { chat, messages, moreBefore, moreAfter, loading }: ChatWindow,
): () => void {
  const client = useClient()
  const loadNear = useCallback(() => {
    const handle = list.current
    if (!handle || !settled.current || loading) return
    const below = handle.scrollSize - handle.scrollOffset - handle.viewportSize
    // A page that does not come is asked for again by the next scroll.
    if (moreBefore && handle.scrollOffset < loadAheadPx)
      client.loadBefore(chat).catch(notifyUnlessOffline)
    else if (moreAfter && below < loadAheadPx) client.loadAfter(chat).catch(notifyUnlessOffline)
  }, [client, list, settled, chat, moreBefore, moreAfter, loading])
  // biome-ignore lint/correctness/useExhaustiveDependencies: new rows may not fill the screen yet; a failed page must not loop.
  useEffect(loadNear, [messages])
  return loadNear
}

function isNearEnd(handle: VirtualizerHandle | null): boolean {
  return !!handle && handle.scrollSize - handle.scrollOffset - handle.viewportSize < endPx
}

/** Whether all of this row is on the screen. */
function isShown(handle: VirtualizerHandle | null, index: number): boolean {
  if (!handle) return false
  const end = handle.getItemOffset(index) + handle.getItemSize(index)
  return end <= handle.scrollOffset + handle.viewportSize + endPx
}

function anchorOf(handle: VirtualizerHandle, { rows }: Laid): Anchor | null {
  const index = handle.findItemIndex(handle.scrollOffset)
  const row = rows[index]
  if (!row) return null
  const offset = handle.getItemOffset(index) - handle.scrollOffset
  return { key: row.key, offset, seq: row.message.seq }
}

/** Rows came or went above what is on screen: it stays where it was. */
function hold(handle: VirtualizerHandle | null, { rows }: Laid, anchor: Anchor | null): void {
  const index = anchor ? rows.findIndex(row => row.key === anchor.key) : -1
  if (index >= 0 && anchor) {
    handle?.scrollToIndex(index, { align: 'start', offset: -anchor.offset })
  }
}
