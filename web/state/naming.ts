// How chats and people are called on screen.

import type { ChatView, Snapshot, User } from '#client/types.ts'
import type { UserId } from '#shared/protocol/ids.ts'
import { text } from '../locales/index.ts'

export function titleOf(view: ChatView): string {
  if (view.chat.kind === 'saved') return text.chats.saved
  return view.title || text.chats.unnamed
}

/** What a snapshot knows of names. */
export type Names = Pick<Snapshot, 'users' | 'contacts'>

/** How somebody is called here: a contact as the person who looks calls them. Not for what others get to see. */
export function nameOf(names: Names, id: UserId): string {
  return nameOfUser(names, names.users.get(id) ?? { id, name: '' })
}

/** The same of somebody whose profile is at hand. */
export function nameOfUser(
  { contacts }: Pick<Names, 'contacts'>,
  { id, name }: Pick<User, 'id' | 'name'>,
): string {
  return contacts.get(id) || name || text.chats.unnamed
}

/** How somebody calls themself. */
export function givenNameOf({ users }: Pick<Names, 'users'>, id: UserId): string {
  return users.get(id)?.name || text.chats.unnamed
}
