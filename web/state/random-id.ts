// Names that no other window has. `crypto.randomUUID` is not there over plain HTTP from another machine; this is everywhere.

/** 72 random bits. */
export function randomId(): string {
  return [...crypto.getRandomValues(new Uint8Array(9))].map(byte => byte.toString(36)).join('')
}
