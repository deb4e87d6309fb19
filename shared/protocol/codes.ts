// The one table of error codes and the one table of close codes. Gives REST status, error frames,
// retry flags, the SDK's behaviour and the tables in docs/PROTOCOL.md.

/** `retry` means: the same request, unchanged, may succeed later. */
export const errorCodes = {
  bad_request: {
    http: 400,
    retry: false,
    message: 'The request does not have the expected shape.',
  },
  unknown_op: { http: 400, retry: false, message: 'There is no operation with this number.' },
  text_empty: { http: 422, retry: false, message: 'A message needs some text.' },
  text_too_long: { http: 422, retry: false, message: 'The text is longer than your plan allows.' },
  bad_text: {
    http: 422,
    retry: false,
    message: 'The text holds characters that cannot be stored.',
  },
  bad_entities: {
    http: 422,
    retry: false,
    message: 'An entity lies outside the text or splits a character.',
  },
  bad_reply: {
    http: 422,
    retry: false,
    message: 'The message replied to does not exist in this chat.',
  },
  weak_password: {
    http: 422,
    retry: false,
    message: 'The password is too short, too long or too common.',
  },
  unauthorized: { http: 401, retry: false, message: 'Sign in first.' },
  bad_credentials: { http: 401, retry: false, message: 'Username or password is wrong.' },
  forbidden: { http: 403, retry: false, message: 'You do not have the right to do this here.' },
  not_found: {
    http: 404,
    retry: false,
    message: 'There is no such thing, or it is not yours to see.',
  },
  method_not_allowed: { http: 405, retry: false, message: 'This method is not allowed here.' },
  conflict: { http: 409, retry: false, message: 'The current state does not allow this.' },
  username_taken: { http: 409, retry: false, message: 'This username is taken.' },
  group_full: {
    http: 409,
    retry: false,
    message: 'The group has as many members as its plan allows.',
  },
  quota_reached: { http: 409, retry: false, message: 'Your plan does not allow more of these.' },
  too_late: {
    http: 409,
    retry: false,
    message: 'This was possible for a certain time only, which is over.',
  },
  too_old: {
    http: 410,
    retry: false,
    message: 'Your position is too far behind; load the recent history.',
  },
  invite_expired: {
    http: 410,
    retry: false,
    message: 'This invite link is used up, expired or revoked.',
  },
  too_large: { http: 413, retry: false, message: 'The body is too large.' },
  unsupported_media_type: { http: 415, retry: false, message: 'Send application/json.' },
  slow_mode: {
    http: 429,
    retry: true,
    message: 'The chat is in slow mode; post again after retryMs.',
  },
  rate_limited: {
    http: 429,
    retry: true,
    message: 'Too many requests; wait as long as retryMs says.',
  },
  internal: { http: 500, retry: true, message: 'Something went wrong on our side.' },
  overloaded: { http: 503, retry: true, message: 'The server is busy; try again in a moment.' },
  timeout: {
    http: 504,
    retry: true,
    message: 'No answer in time; the same request may be sent again.',
  },
} as const satisfies Record<string, { http: number; retry: boolean; message: string }>

export type ErrorCode = keyof typeof errorCodes

/** What the client does after a close: 4000–4499 reconnect (each row says when), 4500–4999 do not. */
export const closeCodes = {
  hello_timeout: { code: 4003, reconnect: 'with back-off', message: 'No HELLO came in time.' },
  token_expired: {
    code: 4004,
    reconnect: 'after a token refresh',
    message: 'The access token has expired.',
  },
  flooding: {
    code: 4008,
    reconnect: 'with back-off',
    message: 'Frames kept coming over the rate limit.',
  },
  slow_consumer: {
    code: 4009,
    reconnect: 'at once, with resume',
    message: 'The socket did not read fast enough.',
  },
  draining: {
    code: 4010,
    reconnect: 'at once, with jitter',
    message: 'The server is going down for a restart.',
  },
  overloaded: {
    code: 4013,
    reconnect: 'after the hint',
    message: 'Too many connections are opening at once.',
  },
  bad_frame: { code: 4501, reconnect: null, message: 'The frame is not valid for this protocol.' },
  bad_order: { code: 4503, reconnect: null, message: 'HELLO must come first, and once.' },
  auth_failed: { code: 4504, reconnect: null, message: 'The token is not valid.' },
  session_revoked: { code: 4505, reconnect: null, message: 'This session was signed out.' },
  too_many_connections: {
    code: 4506,
    reconnect: null,
    message: 'This account has too many open connections.',
  },
  frame_too_large: { code: 4508, reconnect: null, message: 'The frame is larger than the limit.' },
} as const satisfies Record<string, { code: number; reconnect: string | null; message: string }>

export type CloseName = keyof typeof closeCodes

/** An expected failure with a code from the table; the edges turn it into an error frame or a problem document. */
export class AppError extends Error {
  override readonly name = 'AppError'
  readonly code: ErrorCode
  /** Says more than the table's sentence; shown to the caller, so nothing private belongs here. */
  readonly detail: string | undefined
  readonly retryMs: number | undefined

  constructor(code: ErrorCode, more: { detail?: string; retryMs?: number; cause?: unknown } = {}) {
    super(more.detail ?? errorCodes[code].message, { cause: more.cause })
    this.code = code
    this.detail = more.detail
    this.retryMs = more.retryMs
  }
}

/** The peer broke the protocol: its socket is closed with this code. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError'
  readonly close: CloseName

  constructor(close: CloseName, detail: string = closeCodes[close].message) {
    super(detail)
    this.close = close
  }
}
