// Operations on chats, their members and invite links.

import { createDirect, createRoom, openSaved } from '#shared/actions/create-chat.ts'
import {
  createInvite,
  joinByInvite,
  listInvites,
  previewInvite,
  revokeInvite,
} from '#shared/actions/invites.ts'
import { addMembers, editChat, leaveChat, removeMember, setRole } from '#shared/actions/members.ts'
import { describeChat, listChats, listMembers } from '#shared/actions/read-chats.ts'
import { limits } from '#shared/protocol/limits.ts'
import type { Handlers } from './context.ts'

const chatsPage = 50
const membersPage = 100

export const chatHandlers = {
  chats: (context, { user }, { after, limit = chatsPage }) =>
    listChats(context, user, after, limit),
  chat: (context, { user }, { chat }) => describeChat(context, user, chat),

  async createDirect(context, { user }, body) {
    context.createBudget.take(user)
    return describeChat(context, user, await createDirect(context, user, body.user))
  },
  async createGroup(context, { user, plan }, body) {
    context.createBudget.take(user)
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
  editChat: (context, { user }, body) => editChat(context, user, body),

  members: (context, { user }, { chat, after = 0, limit = membersPage }) =>
    listMembers(context, user, chat, after, Math.min(limit, limits.membersPageMax)),
  addMembers: (context, { user }, { chat, users }) => addMembers(context, user, chat, users),
  removeMember: (context, { user }, body) => removeMember(context, user, body.chat, body.user),
  async leave(context, { user }, { chat }) {
    await leaveChat(context, user, chat)
    return {}
  },
  setRole: (context, { user }, body) => setRole(context, user, body),

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
    return describeChat(context, user, await joinByInvite(context, user, token))
  },
} satisfies Partial<Handlers>
