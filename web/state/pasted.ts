// Invite links and public names as people paste them, read. Pure.

import { namePattern } from '#shared/protocol/names.ts'

/** The token of a pasted link, or the pasted token itself; null when it is neither. */
export function inviteToken(pasted: string): string | null {
  const token = pasted.trim().replace(/^.*#/, '')
  return /^[\w-]{8,64}$/.test(token) ? token : null
}

/** The public name of a pasted address or of `@name`; null when it is neither. */
export function nameInLink(pasted: string): string | null {
  const name = /^(?:https?:\/\/[^/]+\/(?:#\/)?)?@(\w+)\/?$/.exec(pasted.trim())?.[1]
  return name !== undefined && namePattern.test(name) ? name : null
}
