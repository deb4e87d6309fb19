// Asks for all pages of a chat's diff. Used by sync.ts, which applies them together.

import { AppError } from '#shared/protocol/codes.ts'
import type { Diff } from '#shared/protocol/models.ts'
import type { ChatState, ChatStore } from './chat-store.ts'
import type { Rpc } from './rpc.ts'

/** More pages than the server's bound on a diff can need: it does not come to an end. */
const diffPagesMax = 100

/** @returns what changed since the chat's position, in order @throws AppError too_old, not_found and what may pass */
export async function fetchDiff(
  { store, rpc }: { store: ChatStore; rpc: Rpc },
  state: ChatState,
): Promise<Diff[]> {
  const chat = state.chat.id
  const pages: Diff[] = []
  for (let since = state.position.at; ; ) {
    const moment = store.ownMoment
    const page = await rpc.request('diff', { chat, since })
    store.putOwnOfDiff(state, page.own, moment)
    pages.push(page)
    if (!page.more) return pages
    if (page.rev <= since || pages.length > diffPagesMax) throw new AppError('internal')
    since = page.rev
  }
}
