// REST shapes of /api/v1: used by the api's routes, the SDK's calls and the OpenAPI document.
// Requests are strict: an unknown field is a 400, so a typing mistake never passes unseen.

import * as z from 'zod'
import { isStorable } from './entities.ts'
import { id } from './ids.ts'
import { limits } from './limits.ts'
import { user } from './models.ts'

const storable = (schema: z.ZodString) =>
  schema.refine(isStorable, 'holds characters that cannot be stored')

export const username = z
  .string()
  .regex(
    new RegExp(
      `^[A-Za-z][A-Za-z0-9_]{${limits.usernameCharsMin - 1},${limits.usernameCharsMax - 1}}$`,
    ),
    'letters, digits and _, starting with a letter',
  )
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

/** What a page needs to know before anybody signs in. */
export const clientConfig = z.object({
  /** Where the gateway is: an absolute ws(s) URL, a path on this origin, or `:port/path` on this host. */
  gateway: z.string(),
  demo: z.array(z.object({ username: z.string(), name: z.string() })),
  version: z.string(),
})
export type ClientConfig = z.infer<typeof clientConfig>

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
