// Addresses to give to people: invite links and public names, made and read.

import { namePattern } from '#shared/protocol/names.ts'

/** The token stands in the fragment, which browsers never send. */
export function inviteLink(token: string): string {
  return `${location.origin}/join#${token}`
}

/** The address of a person, group or channel with a public name. */
export function nameLink(name: string): string {
  return `${location.origin}/@${name}`
}

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
