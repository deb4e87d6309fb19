// Operations on chats, their members and invite links.

import { createDirect, createRoom, openSaved } from '#shared/actions/create-chat.ts'
import { editChat } from '#shared/actions/edit-chat.ts'
import {
  createInvite,
  joinByInvite,
  listInvites,
  previewInvite,
  revokeInvite,
} from '#shared/actions/invites.ts'
import { addMembers, leaveChat, removeMember, setRole } from '#shared/actions/members.ts'
import { describeChat, listChats, listMembers } from '#shared/actions/read-chats.ts'
import type { UserId } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import { readAcquainted } from '#shared/store/connections.ts'
import type { Context, Handlers } from './context.ts'

const chatsPage = 50
const membersPage = 100

export const chatHandlers = {
  chats: (context, { user }, { after, limit = chatsPage }) =>
    listChats(context, user, after, limit),
  chat: (context, { user }, { chat }) => describeChat(context, user, chat),

  async createDirect(context, { user }, body) {
    context.createBudget.take(user)
    await takeStrangers(context, user, [body.user])
    return describeChat(context, user, await createDirect(context, user, body.user))
  },
  async createGroup(context, { user, plan }, body) {
    context.createBudget.take(user)
    await takeStrangers(context, user, body.users ?? [])
    return describeChat(
      context,
      user,
      await createRoom(context, user, plan, { kind: 'group', ...body }),
    )
  },
  async createChannel(context, { user, plan }, body) {
    context.createBudget.take(user)
    return describeChat(
      context,
      user,
      await createRoom(context, user, plan, { kind: 'channel', ...body }),
    )
  },
  async saved(context, { user }) {
    return describeChat(context, user, await openSaved(context, user))
  },
  editChat(context, { user }, body) {
    context.sendBudget.take(user)
    return editChat(context, user, body)
  },

  members: (context, { user }, { chat, after = 0, limit = membersPage }) =>
    listMembers(context, user, chat, after, Math.min(limit, limits.pageMembersMax)),
  async addMembers(context, { user }, { chat, users }) {
    context.sendBudget.take(user)
    await takeStrangers(context, user, users)
    return addMembers(context, user, chat, users)
  },
  removeMember(context, { user }, body) {
    context.sendBudget.take(user)
    return removeMember(context, user, body.chat, body.user)
  },
  async leave(context, { user }, { chat }) {
    context.sendBudget.take(user)
    await leaveChat(context, user, chat)
    return {}
  },
  setRole(context, { user }, body) {
    context.sendBudget.take(user)
    return setRole(context, user, body)
  },

  createInvite(context, { user }, body) {
    context.createBudget.take(user)
    return createInvite(context, user, body)
  },
  invites: (context, { user }, { chat }) => listInvites(context, user, chat),
  async revokeInvite(context, { user }, { chat, invite }) {
    await revokeInvite(context, user, chat, invite)
    return {}
  },
  previewInvite: (context, { user }, { token }) => previewInvite(context, user, token),
  async join(context, { user }, { token }) {
    context.sendBudget.take(user)
    return describeChat(context, user, await joinByInvite(context, user, token))
  },
} satisfies Partial<Handlers>

/**
 * Ids are numbers in a row, and whoever is in a common chat can be read: without a bound, adding id after id would
 * list every account.
 */
async function takeStrangers(
  { db, strangerBudget }: Context,
  user: UserId,
  others: readonly UserId[],
): Promise<void> {
  const wanted = [...new Set(others)].filter(other => other !== user)
  if (wanted.length === 0) return
  const known = await readAcquainted(db, user, wanted)
  strangerBudget.take(user, wanted.length - known.length)
}
