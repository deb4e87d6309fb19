// REST shapes of /api/v1: used by the api's routes, the SDK's calls and the OpenAPI document.
// Requests are strict: an unknown field is a 400, so a typing mistake never passes unseen.

import * as z from 'zod'
import { isStorable } from './entities.ts'
import { id } from './ids.ts'
import { limits } from './limits.ts'
import { chatKind, message, user } from './models.ts'
import { namePattern } from './names.ts'
import { reportReason } from './privacy.ts'

const storable = (schema: z.ZodString) =>
  schema.refine(isStorable, 'holds characters that cannot be stored')

export const username = z
  .string()
  .regex(namePattern, 'letters, digits and _, starting with a letter')
export const displayName = storable(z.string().trim().min(1).max(limits.nameCharsMax))
export const about = storable(z.string().trim().max(limits.aboutCharsMax))
/** Only the size is checked here; strength is a `weak_password` (422) of its own. */
export const password = z.string().max(limits.passwordBytesMax)
export const deviceName = storable(z.string().trim().min(1).max(limits.nameCharsMax))

export const registerIn = z.strictObject({
  username,
  name: displayName,
  password,
  device: deviceName.optional(),
})
export const loginIn = z.strictObject({
  username: z.string().max(64),
  password,
  device: deviceName.optional(),
})
export const refreshIn = z.strictObject({ refreshToken: z.string().min(1).max(256) })
export const passwordIn = z.strictObject({ current: password, next: password })
export const deleteAccountIn = z.strictObject({ password })
export const ownerIn = z.strictObject({ user: id.user(), password })
export const meIn = z.strictObject({
  name: displayName.optional(),
  username: username.optional(),
  about: about.optional(),
})
export const demoIn = z.strictObject({ username })

/** The signed-in user, with what only they may see. */
export const me = user.extend({
  premiumUntil: z.number().nullable(),
  createdAt: z.number(),
})
export type Me = z.infer<typeof me>

export const tokens = z.object({
  accessToken: z.string(),
  /** Seconds until the access token expires. */
  expiresIn: z.int(),
  refreshToken: z.string(),
  session: id.session(),
  user: me,
})
export type Tokens = z.infer<typeof tokens>

export const session = z.object({
  id: id.session(),
  name: z.string(),
  platform: z.string(),
  ip: z.string(),
  createdAt: z.number(),
  lastUsedAt: z.number(),
  current: z.boolean(),
})
export const sessionPage = z.object({ sessions: z.array(session), next: id.session().optional() })

export const userOut = z.object({ user })
export const meOut = z.object({ user: me })

/** Unpadded base64url of exactly so many bytes. */
const bytes = (count: number) => {
  const chars = Math.ceil((count * 4) / 3)
  return z.string().regex(new RegExp(`^[\\w-]{${chars}}$`), `${count} bytes in base64url`)
}

/** A browser's push subscription, as its PushSubscription.toJSON() has it, and what may be shown. */
export const pushIn = z.strictObject({
  endpoint: z.string().max(limits.pushEndpointCharsMax),
  keys: z.strictObject({ p256dh: bytes(65), auth: bytes(16) }),
  /** Whether names and texts are sent along, encrypted for this browser. */
  previews: z.boolean(),
})
export type PushInput = z.infer<typeof pushIn>

export const pushState = z.object({
  /** Public key to subscribe with; null when this server pushes nothing. */
  key: z.string().nullable(),
  /** What this session has subscribed; null for nothing. */
  subscription: z
    .object({ endpoint: z.string(), previews: z.boolean(), createdAt: z.number() })
    .nullable(),
})
export type PushState = z.infer<typeof pushState>

export const pushResults = ['sent', 'off', 'none', 'gone', 'refused', 'unreachable'] as const
export const pushTest = z.object({
  /**
   * `sent`: the push service took it. `off`: this server pushes nothing. `none`: the session has no subscription. `gone`: the push
   * service knows it no more; subscribe anew. `refused`: it took offence at something. `unreachable`: it did not answer.
   */
  result: z.enum(pushResults),
})
export type PushResult = z.infer<typeof pushTest>['result']

/** What a push carries, once the browser has decrypted it. Read by the page's service worker. */
export const pushPayload = z.object({
  /** Of the shape; a worker shows a plain sentence for one that it does not know. */
  v: z.literal(1),
  /** Whom it is for: others may sit at this browser by now. Left out of a test. */
  user: id.user().optional(),
  /** Left out of a test. */
  chat: id.chat().optional(),
  seq: id.seq().optional(),
  /** Name of the group or channel, or of the other person; left out, with `from` and `text`, where previews are not wanted. */
  title: z.string().optional(),
  /** Who wrote it, in a group. */
  from: z.string().optional(),
  text: z.string().optional(),
  poll: z.literal(true).optional(),
  /** Unread messages of the chat. */
  unread: z.int().optional(),
  /** Unread messages of all chats that are not muted. */
  badge: z.int().optional(),
})
export type PushPayload = z.infer<typeof pushPayload>

/** What a page needs to know before anybody signs in. */
export const clientConfig = z.object({
  /** Where the gateway is: an absolute ws(s) URL, a path on this origin, or `:port/path` on this host. */
  gateway: z.string(),
  demo: z.array(z.object({ username: z.string(), name: z.string() })),
  version: z.string(),
})
export type ClientConfig = z.infer<typeof clientConfig>

/** A report as operators see it; `messages` are as they were when it was made. */
export const report = z.object({
  id: z.int(),
  state: z.enum(['open', 'closed']),
  /** When it was made, ms since 1970. */
  at: z.number(),
  reporter: id.user(),
  chat: id.chat(),
  /** Whom it is about: the reported person, or the author of all reported messages. */
  user: id.user().optional(),
  seqs: z.array(id.seq()),
  reason: reportReason,
  text: z.string(),
  evidence: z.object({
    chat: z.object({
      kind: chatKind,
      title: z.string().optional(),
      username: z.string().optional(),
    }),
    messages: z.array(message),
    user: user.optional(),
  }),
  closedAt: z.number().optional(),
  closedBy: id.user().optional(),
  action: z.string().optional(),
  note: z.string().optional(),
})
export const reportPage = z.object({ reports: z.array(report), next: z.int().optional() })
export const reportOut = z.object({ report })
export const reportDecision = z.strictObject({
  /** `delete`: the reported messages, for everybody. `ban`: closes the account. */
  action: z.enum(['dismiss', 'delete', 'warn', 'ban']),
  /** For the log of administrative acts; of a warning, what the person reads. */
  note: storable(z.string().trim().max(limits.reportTextCharsMax)).optional(),
})
export type ReportDecision = z.infer<typeof reportDecision>

/** RFC 9457 problem document, sent as application/problem+json. */
export const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.string(),
  detail: z.string().optional(),
  /** Which fields are wrong, by JSON pointer. */
  errors: z.array(z.object({ pointer: z.string(), detail: z.string() })).optional(),
  retryMs: z.number().optional(),
})
export type Problem = z.infer<typeof problem>
