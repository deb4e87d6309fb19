// Of the line about the connection.

import type { CloseName } from '#shared/protocol/codes.ts'
import { count } from './count.ts'

const stopped: Record<CloseName | 'signed_out', string> = {
  signed_out: 'You are signed out.',
  hello_timeout: 'The connection was too slow to start.',
  token_expired: 'Your session has expired. Please sign in again.',
  flooding: 'Too much was sent at once. Reload the page to go on.',
  slow_consumer: 'The connection was too slow. Reload the page to go on.',
  draining: 'The server is restarting. Reload the page to go on.',
  overloaded: 'The server is busy. Reload the page in a moment.',
  bad_frame: 'The page and the server do not understand each other. Reload the page.',
  bad_order: 'The page and the server do not understand each other. Reload the page.',
  auth_failed: 'Your session is not valid any more. Please sign in again.',
  session_revoked: 'This session was signed out from another device.',
  too_many_connections: 'You have too many open windows. Close some and reload the page.',
  frame_too_large: 'The server refused a message as too large. Reload the page.',
}

export const connection = {
  offline: 'You are offline. Messages are kept and go out later.',
  connecting: 'Connecting…',
  syncing: 'Updating…',
  waiting: (s: number) => `No connection. Next try in ${s} s.`,
  pending: (n: number) => `${count(n, 'message waits', 'messages wait')} to be sent.`,
  stopped,
  signInAgain: 'Sign in again',
}
