// People whom a user knows, and what the user calls them.

import { AppError } from '#shared/protocol/codes.ts'
import { isStorable } from '#shared/protocol/entities.ts'
import type { UserId } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import type { OpIn, OpOut } from '#shared/protocol/ops.ts'
import {
  countContacts,
  deleteContact,
  readContact,
  readContacts,
  upsertContact,
} from '#shared/store/contacts.ts'
import { readLivingUsers } from '#shared/store/profiles.ts'
import { acceptFrom } from './answer-request.ts'
import { changeUser, type UserChange } from './change-user.ts'
import { peoplePage } from './people-page.ts'
import type { Services } from './services.ts'

/**
 * Adds, renames or removes a contact; the same again changes nothing. Somebody added whose request waits is answered.
 * @throws AppError bad_request (oneself), bad_text, not_found, quota_reached
 */
export async function setContact(
  deps: Services,
  actor: UserId,
  { user, name = '', remove }: OpIn<'setContact'>,
): Promise<void> {
  if (user === actor) throw new AppError('bad_request', { detail: 'Nobody is their own contact.' })
  if (!isStorable(name)) throw new AppError('bad_text')
  const added = await changeUser(deps, actor, async change => {
    await change.lock()
    const before = await readContact(change.tx, actor, user)
    if (remove) {
      if (!before) return false
      await deleteContact(change.tx, actor, user)
      await tell(change, user)
      return false
    }
    const contact = { user, name: name === '' ? null : name }
    if (!before) await assertAddable(change, user)
    if (before?.name === contact.name) return false
    await upsertContact(change.tx, actor, contact)
    await tell(change, user)
    return true
  })
  if (added) await acceptFrom(deps, actor, user)
}

async function assertAddable({ tx, user: actor }: UserChange, user: UserId): Promise<void> {
  if ((await readLivingUsers(tx, [user])).length === 0) throw new AppError('not_found')
  if ((await countContacts(tx, actor)) >= limits.contactsMax) throw new AppError('quota_reached')
}

/** One's own devices load the contacts anew; what is for contacts only may show now, or no more. */
async function tell(change: UserChange, user: UserId): Promise<void> {
  await change.touch('contacts')
  change.announce(user)
}

/** A page of the contacts by user id. */
export async function listContacts(
  { db }: Pick<Services, 'db'>,
  actor: UserId,
  after: UserId,
  limit: number,
): Promise<OpOut<'contacts'>> {
  const page = await peoplePage(db, limit, size => readContacts(db, actor, after, size))
  const { rows, ...people } = page
  const contacts = rows.map(({ user, name }) => (name === null ? { user } : { user, name }))
  return { contacts, ...people }
}
