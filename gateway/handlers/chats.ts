// Operations on chats, their members and invite links.

import { askToAdd } from '#shared/actions/ask-to-add.ts'
import { createRoom, openSaved } from '#shared/actions/create-chat.ts'
import { createDirect } from '#shared/actions/direct-chats.ts'
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
import { limits } from '#shared/protocol/limits.ts'
import { readLivingUsers } from '#shared/store/profiles.ts'
import type { Handlers } from './context.ts'
import { takeStrangers } from './strangers.ts'

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
    const { users = [] } = body
    await takeStrangers(context, user, users)
    const chat = await createRoom(context, user, plan, { kind: 'group', ...body })
    const { refused } = await askToAdd(context.db, user, await readLivingUsers(context.db, users))
    const made = await describeChat(context, user, chat)
    return { ...made, ...(refused.length > 0 && { refused }) }
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

  members(context, { user }, { chat, limit = membersPage, ...asked }) {
    // In a large chat it is looked for among all names.
    if (asked.query) context.searchBudget.take(user)
    return listMembers(context, user, chat, asked, Math.min(limit, limits.pageMembersMax))
  },
  async addMembers(context, { user }, { chat, users }) {
    context.sendBudget.take(user, Math.ceil(users.length / limits.addedPerMessage))
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
    context.sendBudget.take(user)
    await revokeInvite(context, user, chat, invite)
    return {}
  },
  previewInvite: (context, { user }, { token }) => previewInvite(context, user, token),
  async join(context, { user }, { token }) {
    context.sendBudget.take(user)
    context.joinBudget.take(user)
    const { chat, requested } = await joinByInvite(context, user, token)
    return requested ? { users: [], requested } : describeChat(context, user, chat)
  },
} satisfies Partial<Handlers>
