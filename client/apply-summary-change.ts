// Takes a change of a chat's own row or of its members into the chat's summary. Called by sync.ts, in the order of revs.

import type { Rev } from '#shared/protocol/ids.ts'
import { isActive } from '#shared/protocol/permissions.ts'
import { ownRow } from './bump.ts'
import type { ChatState, ChatStore } from './chat-store.ts'
import type { ChatChange } from './server-frame.ts'

/** @returns whether the user is no member any more: the chat is to be removed */
export function applySummaryChange(
  store: ChatStore,
  state: ChatState,
  rev: Rev,
  change: ChatChange & { name: 'member' | 'info' },
): boolean {
  // A summary that was fetched meanwhile may be newer than this event.
  const isNews = rev > state.chat.rev
  if (change.name === 'info') {
    if (isNews) store.putInfo(state, ownRow(change.body))
    return false
  }
  store.putUsers([change.body.profile])
  if (!isNews) return false
  store.putInfo(state, { members: change.body.members })
  store.putMember(state, change.body)
  return change.body.user === store.me?.id && !isActive(change.body.role)
}
