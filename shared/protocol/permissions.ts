// Who may do what in a chat. Pure; the web client greys out buttons with it, the SQL function
// `effective_rights` mirrors `effectiveRights` (a store test compares the two over every combination).

/** Right bits, stored in `members.rights` and `chats.default_rights`. Never renumber. */
export const right = {
  post: 1,
  media: 2,
  polls: 4,
  links: 8,
  pin: 16,
  invite: 32,
  changeInfo: 64,
  deleteOthers: 128,
  ban: 256,
  promote: 512,
} as const

export type RightName = keyof typeof right

export const allRights = Object.values(right).reduce((sum, bit) => sum | bit, 0)
const talk = right.post | right.media | right.polls | right.links

/** What a new group's members, a new admin and both people of a direct chat may do. */
export const defaultRights = {
  group: talk | right.invite,
  channel: 0,
  direct: talk | right.pin,
  saved: talk | right.pin,
  groupAdmin: allRights & ~right.promote,
  channelAdmin: allRights & ~right.promote,
} as const

/** What members without a role may be given: by default, or one who is restricted. */
export const memberRights = talk | right.invite | right.pin | right.changeInfo

export type ChatKind = 'direct' | 'group' | 'channel' | 'saved'
export type Role = 'owner' | 'admin' | 'member' | 'restricted' | 'banned' | 'left'

/** Roles that may read a chat. */
export const activeRoles = [
  'owner',
  'admin',
  'member',
  'restricted',
] as const satisfies readonly Role[]

export interface Actor {
  role: Role
  rights: number
}

/** Whether people come and go in such a chat, and some of them run it. */
export function isRoom(kind: ChatKind): boolean {
  return kind === 'group' || kind === 'channel'
}

/** Whether this role may read the chat at all. */
export function isActive(role: Role): boolean {
  return (activeRoles as readonly Role[]).includes(role)
}

/**
 * The rights that an actor really has in a chat.
 * Owner: all. Admin: own bits and the chat's default. Member: the default. Restricted: the default, masked by own bits.
 */
export function effectiveRights(actor: Actor, chatDefaultRights: number): number {
  switch (actor.role) {
    case 'owner':
      return allRights
    case 'admin':
      return actor.rights | chatDefaultRights
    case 'member':
      return chatDefaultRights
    case 'restricted':
      return chatDefaultRights & actor.rights
    case 'banned':
    case 'left':
      return 0
    default:
      // A client may meet a role of a newer server.
      actor.role satisfies never
      return 0
  }
}

/** Whether `actor` has the right `action` in a chat with these default rights. */
export function can(actor: Actor, action: RightName, chat: { defaultRights: number }): boolean {
  return (effectiveRights(actor, chat.defaultRights) & right[action]) !== 0
}

const rank: Record<Role, number> = {
  owner: 3,
  admin: 2,
  member: 1,
  restricted: 1,
  banned: 0,
  left: 0,
}

/** Whether this role runs the chat: of a channel's members these are the ones that the others know. */
export function runsChat(role: Role): boolean {
  return role === 'owner' || role === 'admin'
}

/** Whether `actor` stands above `target`: nobody removes or changes an equal or a superior. */
export function outranks(actor: Role, target: Role): boolean {
  return rank[actor] > rank[target]
}
