// Operations on what one has read and how one keeps one's chats.

import { setFolders } from '#shared/actions/folders.ts'
import { readBy } from '#shared/actions/read-by.ts'
import { setDraft, setPlace } from '#shared/actions/set-place.ts'
import { AppError } from '#shared/protocol/codes.ts'
import type { ChatId } from '#shared/protocol/ids.ts'
import { plans } from '#shared/protocol/limits.ts'
import { readChatFor } from '#shared/store/chats.ts'
import { readFolders } from '#shared/store/folders.ts'
import { readMentions } from '#shared/store/mentions.ts'
import type { Asker, Context, Handlers } from './context.ts'

const mentionsPage = 50

export const readingHandlers = {
  async read(context, asker, { chat, seq }) {
    await assertMember(context, asker, chat)
    await context.readMarks.mark({ user: asker.user, chat, seq })
    return {}
  },

  async delivered(context, asker, { chat, seq }) {
    const { kind } = await assertMember(context, asker, chat)
    if (kind === 'direct') await context.deliveredMarks.mark({ user: asker.user, chat, seq })
    return {}
  },

  draft(context, { user, plan }, body) {
    context.sendBudget.take(user)
    return setDraft(context, user, plans[plan].messageCharsMax, body)
  },

  setPlace(context, { user, plan }, body) {
    context.sendBudget.take(user)
    return setPlace(context, user, plans[plan].pinnedChatsMax, body)
  },

  readBy: (context, { user }, { chat, seq }) => readBy(context, user, chat, seq),

  async mentions(context, asker, { chat, after = 0, limit = mentionsPage }) {
    await assertMember(context, asker, chat)
    const seqs = await readMentions(context.db, chat, asker.user, after, limit + 1)
    if (seqs.length <= limit) return { seqs }
    return { seqs: seqs.slice(0, limit), more: true as const }
  },

  async folders({ db }, { user }) {
    return { folders: await readFolders(db, user) }
  },

  async setFolders(context, { user }, { folders }) {
    context.sendBudget.take(user)
    await setFolders(context, user, folders)
    return {}
  },
} satisfies Partial<Handlers>

/** Somebody else's chat answers like an unknown one. The subscription may lag behind a join elsewhere. @throws AppError not_found */
async function assertMember({ hub, db }: Context, { connection, user }: Asker, chat: ChatId) {
  const known = hub.subscription(connection, chat) ?? (await readChatFor(db, chat, user))
  if (!known) throw new AppError('not_found')
  return known
}
