// Addresses to give to people: invite links and public names. Those that are given back are read by pasted.ts.

/** The token stands in the fragment, which browsers never send. */
export function inviteLink(token: string): string {
  return `${location.origin}/join#${token}`
}

/** The address of a person, group or channel with a public name. */
export function nameLink(name: string): string {
  return `${location.origin}/@${name}`
}
