// What keeps notifications away. Pure: the sentences for it are made for tests, too.

/** Why there are no notifications, or where they get lost. */
export type Trouble =
  /** The browser knows no notifications, or the page has no https. */
  | 'unsupported'
  /** The person said no, and only the browser's settings can change that. */
  | 'denied'
  /** Nobody has been asked yet. */
  | 'unasked'
  | 'noWorker'
  /** The server pushes nothing. */
  | 'off'
  /** The browser gets no subscription from its push service. */
  | 'noService'
  /** The subscription was not there any more, and was made anew. */
  | 'lost'
  /** The push service refused what the server sent. */
  | 'refused'
  /** The server does not reach the push service. */
  | 'unreachable'
  /** The push service took it, and it did not arrive. */
  | 'notArrived'
