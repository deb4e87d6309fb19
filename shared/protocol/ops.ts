// The table of operations: number, name, input, output, one sentence. Types, checks, the gateway's
// dispatch, the SDK's calls and the tables in docs/PROTOCOL.md all come from here.
// Unknown keys of an input are ignored, so an older server reads a newer client.

import * as z from 'zod'
import { entities } from './entities.ts'
import { id } from './ids.ts'
import { limits, plans } from './limits.ts'
import { chat, diff, invite, member, message, role, user } from './models.ts'

interface Op<In extends z.ZodType = z.ZodType, Out extends z.ZodType = z.ZodType> {
  op: number
  in: In
  out: Out
  doc: string
}

function define<In extends z.ZodType, Out extends z.ZodType>(op: Op<In, Out>): Op<In, Out> {
  return op
}

const title = z.string().trim().min(1).max(limits.titleCharsMax)
const about = z.string().trim().max(limits.aboutCharsMax)
const text = z.string().max(plans.premium.messageCharsMax)
const ok = z.object({})
const created = z.object({ chat, users: z.array(user) })
const written = z.object({ seq: id.seq(), rev: id.rev(), at: z.number() })
const moved = z.object({ rev: id.rev() })
const userIds = (max: number) => z.array(id.user()).max(max)

export const ops = {
  hello: define({
    op: 1,
    in: z.object({
      token: z.string().max(limits.tokenCharsMax),
      /** Names this installation of a client; letters, digits, dot, dash, underscore. */
      device: z.string().regex(/^[\w.-]{1,64}$/),
      /** What the client already has. */
      resume: z
        .object({
          epoch: z.int(),
          urev: id.urev(),
          chats: z.array(z.tuple([id.chat(), id.rev()])).max(limits.resumeChatsMax),
          /** Chats on screen: their diffs come with the answer. */
          open: z.array(id.chat()).max(limits.resumeOpenMax).optional(),
        })
        .optional(),
    }),
    out: ok,
    doc: 'Authenticates the socket and starts or resumes the sync. Gets no result: the control frames helloOk, sync (one or more) and syncEnd follow.',
  }),
  ping: define({
    op: 2,
    in: z.object({}),
    out: z.object({ now: z.number() }),
    doc: 'Proves that the connection lives; answers the server time in ms.',
  }),
  diff: define({
    op: 3,
    in: z.object({ chat: id.chat(), since: id.rev() }),
    out: diff,
    doc: 'What changed in a chat since a position: current states ordered by rev. `too_old` when too far behind.',
  }),
  userDiff: define({
    op: 4,
    in: z.object({ since: id.urev() }),
    out: z.object({
      urev: id.urev(),
      chats: z.array(chat),
      users: z.array(user),
      gone: z.array(id.chat()),
    }),
    doc: "What changed in the user's own state (chats joined and left, read marks) since a urev.",
  }),
  chats: define({
    op: 5,
    in: z.object({
      /** Continue behind this chat of the page before. */
      after: z.object({ at: z.number(), chat: id.chat() }).optional(),
      limit: z.int().min(1).max(limits.pageChatsMax).optional(),
    }),
    out: z.object({
      chats: z.array(chat),
      users: z.array(user),
      next: z.object({ at: z.number(), chat: id.chat() }).optional(),
    }),
    doc: 'The chat list, latest activity first.',
  }),
  chat: define({
    op: 6,
    in: z.object({ chat: id.chat() }),
    out: created,
    doc: 'One chat as its member sees it.',
  }),
  users: define({
    op: 7,
    in: z.object({ users: userIds(limits.usersPerRequestMax) }),
    out: z.object({ users: z.array(user) }),
    doc: 'Profiles by id of people in a common chat (of a channel: who runs it); others are left out.',
  }),
  send: define({
    op: 10,
    in: z.object({
      chat: id.chat(),
      rid: id.rid(),
      text,
      ents: entities.optional(),
      reply: id.seq().optional(),
      silent: z.literal(true).optional(),
    }),
    out: written,
    doc: 'Sends a message. Answered after it is durable; the same rid again gets the same answer.',
  }),
  edit: define({
    op: 11,
    in: z.object({ chat: id.chat(), seq: id.seq(), text, ents: entities.optional() }),
    out: z.object({ rev: id.rev(), at: z.number() }),
    doc: "Replaces the text of one's own message.",
  }),
  delete: define({
    op: 12,
    in: z.object({ chat: id.chat(), seqs: z.array(id.seq()).min(1).max(limits.seqsPerDeleteMax) }),
    out: moved,
    doc: "Deletes messages for everybody: one's own, or others' with the right deleteOthers. Already deleted ones stay so.",
  }),
  history: define({
    op: 13,
    in: z.object({
      chat: id.chat(),
      /** At most one of before, after and around; none means the newest. */
      before: id.seq().optional(),
      after: id.readSeq().optional(),
      around: id.seq().optional(),
      limit: z.int().min(1).max(limits.pageMessagesMax).optional(),
    }),
    out: z.object({
      messages: z.array(message),
      users: z.array(user),
      /** The chat's position when the page was read. */
      rev: id.rev(),
      seq: id.readSeq(),
    }),
    doc: 'A page of messages in ascending order: the newest, or those before, after or around one seq (around includes it). 50 without a limit.',
  }),
  read: define({
    op: 14,
    in: z.object({ chat: id.chat(), seq: id.seq() }),
    out: ok,
    doc: 'Everything up to seq is read. A lower mark than the current one changes nothing.',
  }),
  typing: define({
    op: 15,
    in: z.object({ chat: id.chat() }),
    out: ok,
    doc: 'Tells the other members that the user is typing; shown for 6 s.',
  }),
  presence: define({
    op: 16,
    in: z.object({ users: userIds(limits.presenceUsersMax) }),
    out: z.object({
      users: z.array(
        z.object({ user: id.user(), online: z.boolean(), lastSeen: z.number().optional() }),
      ),
    }),
    doc: 'Subscribes to the presence of exactly these users, replacing the list before; answers their state.',
  }),
  watch: define({
    op: 17,
    in: z.object({ chats: z.array(id.chat()).max(limits.resumeOpenMax) }),
    out: ok,
    doc: 'The chats on screen, replacing the list before: only they get every event of chats with more than 200 members; for the others such chats send bumps.',
  }),
  createDirect: define({
    op: 20,
    in: z.object({ user: id.user() }),
    out: created,
    doc: 'The direct chat with a user, made at the first call.',
  }),
  createGroup: define({
    op: 21,
    in: z.object({
      rid: id.rid(),
      title,
      about: about.optional(),
      users: userIds(limits.addMembersMax).optional(),
    }),
    out: created,
    doc: 'Creates a group with these members; the same rid again answers the same group.',
  }),
  createChannel: define({
    op: 22,
    in: z.object({ rid: id.rid(), title, about: about.optional() }),
    out: created,
    doc: 'Creates a channel; the same rid again answers the same channel.',
  }),
  saved: define({
    op: 23,
    in: z.object({}),
    out: created,
    doc: 'The chat with oneself, made at the first call.',
  }),
  editChat: define({
    op: 24,
    in: z.object({ chat: id.chat(), title: title.optional(), about: about.optional() }),
    out: moved,
    doc: 'Changes title or about text of a group or channel.',
  }),
  members: define({
    op: 30,
    in: z.object({
      chat: id.chat(),
      after: id.user().optional(),
      limit: z.int().min(1).max(limits.pageMembersMax).optional(),
    }),
    out: z.object({ members: z.array(member), users: z.array(user), next: id.user().optional() }),
    doc: "The members ordered by user id. A channel's list is for its admins.",
  }),
  addMembers: define({
    op: 31,
    in: z.object({ chat: id.chat(), users: userIds(limits.addMembersMax).min(1) }),
    out: z.object({ rev: id.rev(), added: z.array(id.user()) }),
    doc: 'Adds users to a group or channel; those already in, banned or unknown are left out.',
  }),
  removeMember: define({
    op: 32,
    in: z.object({ chat: id.chat(), user: id.user() }),
    out: moved,
    doc: 'Removes a lower-ranking member and ends the invite links that they made.',
  }),
  leave: define({
    op: 33,
    in: z.object({ chat: id.chat() }),
    out: ok,
    doc: 'Leaves a group or channel. An owner hands over to the longest-serving admin, else member.',
  }),
  setRole: define({
    op: 34,
    in: z.object({
      chat: id.chat(),
      user: id.user(),
      role: role.extract(['admin', 'member']),
      rights: z.int().optional(),
    }),
    out: moved,
    doc: 'Makes a member an admin or an admin a member; needs the right promote.',
  }),
  createInvite: define({
    op: 40,
    in: z.object({
      chat: id.chat(),
      rid: id.rid(),
      name: z.string().trim().max(limits.nameCharsMax).optional(),
      /** ms since 1970. */
      expiresAt: z.number().min(0).max(8.64e15).optional(),
      usesMax: z.int().min(1).max(limits.inviteUsesMax).optional(),
    }),
    out: z.object({ invite, token: z.string() }),
    doc: 'Makes an invite link. The token is shown only here: the server keeps its hash.',
  }),
  invites: define({
    op: 41,
    in: z.object({ chat: id.chat() }),
    out: z.object({ invites: z.array(invite), users: z.array(user) }),
    doc: 'The invite links of a chat, newest first: all of them for owner and admins, else one’s own.',
  }),
  revokeInvite: define({
    op: 42,
    in: z.object({ chat: id.chat(), invite: z.int().min(1) }),
    out: ok,
    doc: 'Ends an invite link, of others only for owner and admins; repeated calls change nothing.',
  }),
  previewInvite: define({
    op: 43,
    in: z.object({ token: z.string().max(64) }),
    out: z.object({
      kind: chat.shape.kind,
      title: z.string(),
      members: z.int(),
      joined: id.chat().optional(),
    }),
    doc: 'What an invite link leads to, for a page that asks before joining.',
  }),
  join: define({
    op: 44,
    in: z.object({ token: z.string().max(64) }),
    out: created,
    doc: 'Joins by an invite link; a member just gets the chat.',
  }),
} as const satisfies Record<string, Op>

export type OpName = keyof typeof ops
export type OpIn<Name extends OpName> = z.infer<(typeof ops)[Name]['in']>
export type OpOut<Name extends OpName> = z.infer<(typeof ops)[Name]['out']>

/** Numbers that later versions will give meaning to; answered with `unknown_op` until then. */
export const reservedOps = {
  50: 'forward',
  51: 'pin, unpin',
  52: 'react',
  53: 'polls',
  54: 'scheduled messages',
  55: 'drafts',
  56: 'mute, pin, archive a chat',
  57: 'folders',
  58: 'delivered mark',
  59: 'delete for oneself',
  60: 'contacts',
  61: 'blocks',
  62: 'privacy',
  63: 'search',
  64: 'calls',
} as const

/** op number → its name, for dispatch by array index. */
export const opNames: readonly (OpName | undefined)[] = (() => {
  const names: (OpName | undefined)[] = []
  for (const [name, { op }] of Object.entries(ops)) names[op] = name as OpName
  return names
})()
