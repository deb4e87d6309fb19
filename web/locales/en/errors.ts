// What the page says when the server refuses something.

import type { ErrorCode } from '#shared/protocol/codes.ts'

export const errors: Record<ErrorCode, string> = {
  bad_request: 'Something in this form is not right. Please check what you entered.',
  unknown_op: 'This server is older than the page and cannot do that yet.',
  text_empty: 'A message needs some text.',
  text_too_long: 'This message is too long. Shorten it or split it in two.',
  bad_text: 'The text holds characters that cannot be stored.',
  bad_entities: 'The formatting of this message is broken. Try it as plain text.',
  bad_reply: 'The message you reply to is not here any more.',
  weak_password:
    'This password is too easy to guess. Use at least 8 characters that are not a common word.',
  unauthorized: 'Please sign in again.',
  bad_credentials: 'Username or password is wrong.',
  forbidden: 'You do not have the right to do this here.',
  not_found: 'Nothing was found, or it is not visible to you.',
  method_not_allowed: 'The server does not accept this request.',
  conflict: 'This is not possible right now.',
  username_taken: 'This username is taken. Please choose another one.',
  group_full: 'The group is full.',
  quota_reached: 'Your plan does not allow more of these.',
  too_late: 'It is too late for that now.',
  too_old: 'This is too far back. Reload the page to see the latest messages.',
  invite_expired: 'This invite link is used up, expired or revoked.',
  too_large: 'This is too large to send.',
  unsupported_media_type: 'The server does not accept this kind of content.',
  slow_mode: 'This chat is in slow mode. Please wait a moment.',
  rate_limited: 'That was too fast. Please wait a moment.',
  internal: 'Something went wrong on the server. Please try again.',
  overloaded: 'The server is busy. Please try again in a moment.',
  timeout: 'The server cannot be reached right now. Check your connection and try again.',
}
