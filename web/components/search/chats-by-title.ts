// The chats whose title, or a word of it, begins like the query; then those that hold it elsewhere. Pure.

import type { ChatView } from '#client/types.ts'
import { titleOf } from '../../state/naming.ts'

const foundMax = 8

/** @param chats in the order of the list, which is kept among equals */
export function chatsByTitle(chats: readonly ChatView[], query: string): ChatView[] {
  const words = query.trim().replace(/^@/, '').toLocaleLowerCase()
  if (words === '') return []
  const begin: ChatView[] = []
  const inside: ChatView[] = []
  for (const view of chats) {
    const title = titleOf(view).toLocaleLowerCase()
    const name = (view.peer?.username ?? view.chat.username ?? '').toLowerCase()
    const at = title.indexOf(words)
    if (at === 0 || (at > 0 && title[at - 1] === ' ') || name.startsWith(words)) begin.push(view)
    else if (at > 0) inside.push(view)
  }
  return [...begin, ...inside].slice(0, foundMax)
}
