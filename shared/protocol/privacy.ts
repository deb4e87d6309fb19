// Who may know what of a person, and what a report may say: the settings that `users.privacy` holds and the reasons
// of reports. Pure; the server asks shared/store/privacy.ts, which reads these settings in SQL.

import * as z from 'zod'
import { id } from './ids.ts'
import { limits } from './limits.ts'

/** What each person decides about, and what it means when somebody may not. */
export const privacyFields = {
  lastSeen:
    'Whether one is online and when one was last seen. Who hides it from somebody does not see theirs.',
  photo: 'The photo.',
  about: 'The about text.',
  forwards: 'The link to one’s account in messages that others forward; the name stays.',
  groups: 'Being added to groups and channels; those who may not can offer an invite link.',
  messages: 'Being written to by those who are no contacts; whoever was answered once may go on.',
  calls: 'Being called.',
} as const

export type PrivacyField = keyof typeof privacyFields

const people = z.array(id.user()).max(limits.privacyExceptionsMax).optional()

/** Everyone, one's contacts or nobody, but for those always or never allowed. Nobody is in both lists. */
export const privacyRule = z
  .object({
    who: z.enum(['everyone', 'contacts', 'nobody']),
    always: people,
    never: people,
  })
  .refine(({ always = [], never = [] }) => !always.some(user => never.includes(user)))
export type PrivacyRule = z.infer<typeof privacyRule>

/** All settings; where nothing was said, everyone may know. */
export const privacySettings = z.object({
  lastSeen: privacyRule,
  photo: privacyRule,
  about: privacyRule,
  forwards: privacyRule,
  groups: privacyRule,
  messages: privacyRule,
  calls: privacyRule,
} satisfies Record<PrivacyField, typeof privacyRule>)
export type PrivacySettings = z.infer<typeof privacySettings>

/** The settings with everything that was never said, or cannot be read, as `everyone`. */
export function completePrivacy(stored: unknown): PrivacySettings {
  const given = (typeof stored === 'object' && stored !== null ? stored : {}) as Record<
    string,
    unknown
  >
  const rules = Object.keys(privacyFields).map(field => {
    const rule = privacyRule.safeParse(given[field])
    return [field, rule.success ? rule.data : { who: 'everyone' }]
  })
  return Object.fromEntries(rules) as PrivacySettings
}

/** Why something is reported. */
export const reportReason = z.enum([
  'spam',
  'violence',
  'childAbuse',
  'pornography',
  'illegal',
  'personalData',
  'fraud',
  'impersonation',
  'other',
])
export type ReportReason = z.infer<typeof reportReason>
