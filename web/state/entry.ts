// Reads the address that the page was opened with, once, and cleans it: an invite token must not stay in the
// history, and a reload must not enter the demo a second time.

export interface Entry {
  demo: string | null
  invite: string | null
}

export function takeEntry(): Entry {
  const demo = new URLSearchParams(location.search).get('demo')
  const invite = location.pathname === '/join' ? location.hash.slice(1) : ''
  if (demo !== null || location.pathname === '/join') history.replaceState(null, '', '/')
  return { demo, invite: invite === '' ? null : invite }
}

/** The address to give to people: the token stands in the fragment, which browsers never send. */
export function inviteLink(token: string): string {
  return `${location.origin}/join#${token}`
}

/** The token of a pasted link, or the pasted token itself; null when it is neither. */
export function inviteToken(pasted: string): string | null {
  const token = pasted.trim().replace(/^.*#/, '')
  return /^[\w-]{8,64}$/.test(token) ? token : null
}
