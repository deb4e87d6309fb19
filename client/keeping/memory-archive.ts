// An archive in RAM, for tests and for programs that start their client anew by themselves.

import type { ChatId } from '#shared/protocol/ids.ts'
import type { User } from '#shared/protocol/models.ts'
import {
  type Archive,
  type Batch,
  type Kept,
  type KeptChat,
  type KeptRows,
  mayWrite,
  mergedReads,
} from './archive.ts'

export function memoryArchive(): Archive {
  let head: Pick<Kept, 'epoch' | 'urev' | 'next' | 'reads'> | undefined
  const chats = new Map<ChatId, KeptChat>()
  const rows = new Map<ChatId, KeptRows>()
  const users = new Map<number, User>()
  const sections = new Map<string, unknown>()
  const clear = () => {
    head = undefined
    for (const part of [chats, rows, users, sections]) part.clear()
  }
  const put = ({ epoch, urev, next, reads, ...batch }: Batch) => {
    const before = head?.reads ?? []
    if (batch.clear) clear()
    for (const kept of batch.chats) chats.set(kept.chat.id, kept)
    for (const id of [...batch.gone, ...batch.withoutRows]) rows.delete(id)
    for (const id of batch.gone) chats.delete(id)
    for (const stretch of batch.rows) rows.set(stretch.chat, stretch)
    for (const user of batch.users) users.set(user.id, user)
    for (const [name, value] of batch.sections) sections.set(name, value)
    const held = new Map([...chats].map(([id, { chat }]) => [id, chat]))
    head = { epoch, urev, next, reads: mergedReads(before, { reads, clear: batch.clear }, held) }
  }
  return {
    async read() {
      if (!head) return undefined
      return structuredClone({
        ...head,
        chats: [...chats.values()],
        withRows: [...rows.keys()],
        users: [...users.values()],
        sections: [...sections],
      })
    },
    async rows(chat) {
      return structuredClone(rows.get(chat))
    },
    async write(batch) {
      if (!mayWrite(head, batch)) return false
      put(structuredClone(batch))
      return true
    },
    async forget() {
      clear()
    },
  }
}
