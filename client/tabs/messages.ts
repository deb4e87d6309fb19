// What tabs tell each other over a line: one leads and has the connection, the others have a link to it each. Bytes are whole
// messages of the protocol, as a socket would carry them.

/** Unique among all tabs; begins with the tab's id. */
export type LinkId = string

export type LineMessage =
  /** To whoever leads. */
  | { t: 'open'; link: LinkId; tab: string }
  | { t: 'up'; link: LinkId; bytes: Uint8Array }
  | { t: 'close'; link: LinkId }
  /** Somebody looks at a tab: a connection is wanted now. */
  | { t: 'wake' }
  /** From the tab that leads: from now on; the link is open; the connection is there. */
  | { t: 'leading' }
  | { t: 'opened'; link: LinkId }
  | { t: 'online' }
  /** For one link. `begins`: from here on it takes what is for all. */
  | { t: 'down'; link: LinkId; bytes: Uint8Array; begins?: true }
  /** For all links. */
  | { t: 'all'; bytes: Uint8Array }
  | { t: 'closed'; code: number }
