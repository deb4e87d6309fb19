// Reads the address that the page was opened with, once, and cleans it: an invite token must not stay in the
// history, and a reload must not enter the demo a second time.

import { nameInLink } from './pasted.ts'

export interface Entry {
  demo: string | null
  invite: string | null
  /** A public name, as in `/@name`. */
  name: string | null
}

export function takeEntry(): Entry {
  const demo = new URLSearchParams(location.search).get('demo')
  const invite = location.pathname === '/join' ? location.hash.slice(1) : ''
  const name = nameInLink(`${location.origin}${location.pathname}${location.hash}`)
  if (demo !== null || location.pathname === '/join' || name !== null) {
    history.replaceState(null, '', '/')
  }
  return { demo, invite: invite === '' ? null : invite, name }
}
