// The index of messages' texts, filled at once instead of by its job; and searches that answer texts.

import { indexMessages } from '#shared/actions/index-messages.ts'
import type { MessageSearch, SearchInput } from '#shared/actions/search-messages.ts'
import type { UserId } from '#shared/protocol/ids.ts'
import type { Db } from '#shared/store/db.ts'
import { readUnindexed } from '#shared/store/search-index.ts'
import { Stems } from '#shared/store/stems.ts'

/** Indexes everything there is. @returns how many messages were read */
export async function indexAll(db: Db, messagesMax = 500): Promise<number> {
  const stems = new Stems()
  for (let count = 0; ; ) {
    const chats = await readUnindexed(db, 1_000)
    if (chats.length === 0) return count
    count += (await indexMessages({ db, stems }, chats, messagesMax)).messages
  }
}

/** The texts that a search finds, all pages together, in their order. */
export async function textsFound(
  search: Pick<MessageSearch, 'search'>,
  user: UserId,
  input: Omit<SearchInput, 'limit'> & { limit?: number },
): Promise<string[]> {
  const texts: string[] = []
  let next: SearchInput['next']
  do {
    const page = await search.search(user, { limit: 20, ...input, next })
    texts.push(...page.hits.map(({ message }) => message.text))
    next = page.next
  } while (next)
  return texts
}
