// What an entry of a chat's log says, as a sentence that follows the name of who did it.

import type { ActName, StoredAct } from '#shared/protocol/acts.ts'
import type { UserId } from '#shared/protocol/ids.ts'
import { type RightName, right } from '#shared/protocol/permissions.ts'
import { text } from '../locales/index.ts'
import { listOf } from './lists.ts'
import { moment } from './when.ts'

/** Which acts belong together for who looks for some of them. */
export const actGroups = {
  chat: ['title', 'about', 'avatar', 'username', 'signatures', 'linked'],
  rules: ['rights', 'rules', 'autoDelete'],
  people: ['added', 'removed'],
  roles: ['admin', 'demoted', 'owner', 'restricted', 'banned', 'lifted'],
  links: ['inviteMade', 'inviteRevoked', 'requestAccepted', 'requestDeclined'],
  messages: ['pinned', 'unpinned', 'deleted'],
} as const satisfies Record<string, readonly ActName[]>

export function actText(act: StoredAct, nameOf: (user: UserId) => string): string {
  const say = sayings[act.action as ActName]
  return say ? say(act, whomOf(act, nameOf)) : text.adminLog.unknown(act.action)
}

type Saying = (act: StoredAct, whom: string) => string

const sayings: Record<ActName, Saying> = {
  title: ({ was = '', text: now = '' }) => text.adminLog.title(was, now),
  about: ({ was = '', text: now = '' }) => text.adminLog.about(was, now),
  avatar: () => text.adminLog.avatar,
  username: ({ was = '', text: now = '' }) => {
    if (now === '') return text.adminLog.madePrivate(was)
    return was === '' ? text.adminLog.madePublic(now) : text.adminLog.renamed(was, now)
  },
  rights: ({ n = 0, wasN = 0 }) => text.adminLog.rights(rightsIn(n & ~wasN), rightsIn(wasN & ~n)),
  rules: rule,
  signatures: ({ n }) => (n ? text.adminLog.signaturesOn : text.adminLog.signaturesOff),
  linked: ({ chat, text: title = '' }) =>
    chat === undefined ? text.adminLog.unlinked : text.adminLog.linked(title),
  autoDelete: ({ n = 0, wasN = 0 }) => text.adminLog.autoDelete(spanOf(wasN), spanOf(n)),
  added: (_, whom) => text.adminLog.added(whom),
  removed: (_, whom) => text.adminLog.removed(whom),
  admin: ({ n = 0, wasN = 0 }, whom) =>
    wasN === 0
      ? text.adminLog.admin(whom, rightsIn(n))
      : text.adminLog.adminRights(whom, rightsIn(n & ~wasN), rightsIn(wasN & ~n)),
  demoted: (_, whom) => text.adminLog.demoted(whom),
  owner: (_, whom) => text.adminLog.owner(whom),
  restricted: ({ n = 0, until }, whom) => text.adminLog.restricted(whom, rightsIn(n), endOf(until)),
  banned: ({ until }, whom) => text.adminLog.banned(whom, endOf(until)),
  lifted: (_, whom) => text.adminLog.lifted(whom),
  inviteMade: ({ text: name = '' }) => text.adminLog.inviteMade(name),
  inviteRevoked: () => text.adminLog.inviteRevoked,
  requestAccepted: (_, whom) => text.adminLog.requestAccepted(whom),
  requestDeclined: (_, whom) => text.adminLog.requestDeclined(whom),
  pinned: () => text.adminLog.pinned,
  unpinned: () => text.adminLog.unpinned,
  deleted: ({ n, seqs = [], user }, whom) =>
    user === undefined
      ? text.adminLog.deleted(seqs.length)
      : text.adminLog.deletedOf(n ?? seqs.length, whom),
}

function rule({ rule: name = '', n = 0, wasN = 0, text: now, was }: StoredAct): string {
  const { adminLog } = text
  const called = adminLog.ruleNames[name] ?? name
  if (name === 'reactions') return adminLog.rule(called, emojis(was), emojis(now))
  if (!name.endsWith('S')) return adminLog.rule(called, number(wasN), number(n))
  return adminLog.rule(called, spanOf(wasN), spanOf(n))
}

function emojis(stored = ''): string {
  if (stored === 'all') return text.adminLog.allReactions
  return stored === '' ? text.adminLog.noReactions : stored
}

function number(n: number): string {
  return n === 0 ? text.adminLog.off : n.toLocaleString(text.lang)
}

function spanOf(s: number): string {
  return s === 0 ? text.adminLog.off : text.service.span(s)
}

function endOf(until: number | undefined): string | null {
  return until === undefined ? null : moment(until)
}

function rightsIn(bits: number): string {
  const names = (Object.keys(right) as RightName[]).filter(name => (bits & right[name]) !== 0)
  return listOf(names.map(name => text.members.rights[name].toLocaleLowerCase(text.lang)))
}

function whomOf({ user, users = [] }: StoredAct, nameOf: (user: UserId) => string): string {
  return listOf([...(user === undefined ? [] : [user]), ...users].map(nameOf))
}
