// Public names of users, groups and channels: one name space, whose pattern is `username` of http.ts.

import { limits } from './limits.ts'

/** Names that nobody may take: they would speak for the service, or mean something in an address. */
const reserved: ReadonlySet<string> = new Set([
  'about',
  'abuse',
  'account',
  'admin',
  'administrator',
  'all',
  'api',
  'app',
  'blog',
  'bot',
  'botfather',
  'channel',
  'config',
  'contact',
  'contacts',
  'deleted',
  'everyone',
  'group',
  'health',
  'help',
  'here',
  'info',
  'invite',
  'join',
  'login',
  'logout',
  'mail',
  'media',
  'metrics',
  'moderator',
  'news',
  'null',
  'official',
  'owner',
  'petrel',
  'postmaster',
  'premium',
  'privacy',
  'register',
  'root',
  'saved',
  'security',
  'service',
  'settings',
  'share',
  'spam',
  'status',
  'support',
  'system',
  'team',
  'telegram',
  'terms',
  'undefined',
  'webmaster',
])

/** Whether nobody may take this name, in any case of its letters. */
export function isReservedName(name: string): boolean {
  return reserved.has(name.toLowerCase())
}

/** What may follow an @: letters, digits and _, beginning with a letter. */
export const namePattern = new RegExp(
  `^[A-Za-z][A-Za-z0-9_]{${limits.usernameCharsMin - 1},${limits.usernameCharsMax - 1}}$`,
)
