// What the composer of a chat holds, equal on all devices: what is typed here is told after a short pause and when the chat is
// left; what was typed elsewhere is taken over while nothing of this window waits to be told.

import { useCallback, useEffect, useRef } from 'react'
import type { ChatView } from '#client/types.ts'
import { useClient } from '../state/client-context.ts'
import {
  caughtUp,
  type Draft,
  draftOf,
  drafts,
  isAhead,
  sharedOf,
  sourceOf,
  takeShared,
} from '../state/drafts.ts'
import { useStore } from '../state/store.ts'

const pauseMs = 400

export function useDraft({ chat: { id }, draft: shared }: ChatView): Draft {
  const client = useClient()
  const draft = useStore(drafts, all => draftOf(all, id))
  const waiting = useRef<ReturnType<typeof setTimeout> | undefined>(undefined)
  const { text, reply, edit } = draft
  const isEditing = edit !== undefined

  const tell = useCallback(() => {
    clearTimeout(waiting.current)
    waiting.current = undefined
    caughtUp(id)
    client.draft(id, sharedOf(draftOf(drafts.get(), id)))
  }, [client, id])

  // biome-ignore lint/correctness/useExhaustiveDependencies: only news of the shared draft are taken over.
  useEffect(() => {
    if (waiting.current !== undefined || isAhead(id)) return
    const isSame = sourceOf(shared) === text && shared?.reply === reply
    if (!isSame) takeShared(id, shared)
  }, [id, shared])

  // biome-ignore lint/correctness/useExhaustiveDependencies: told when the written text or the reply changes.
  useEffect(() => {
    const known = client.getSnapshot()
    const held = [...known.chats, ...known.requests].find(view => view.chat.id === id)?.draft
    if (isEditing) return
    if (sourceOf(held) === text && held?.reply === reply) return caughtUp(id)
    clearTimeout(waiting.current)
    waiting.current = setTimeout(tell, pauseMs)
    addEventListener('pagehide', tell)
    return () => removeEventListener('pagehide', tell)
  }, [tell, text, reply, isEditing])

  useEffect(
    () => () => {
      if (waiting.current !== undefined) tell()
    },
    [tell],
  )
  return draft
}
