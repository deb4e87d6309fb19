// The user's folders: views of the chat list, by rule and by hand. Loaded whole when somebody asks for them first, and anew
// when they change on any device. `chatsIn` says, of nothing but its arguments, which chats a folder shows.

import type { UserId } from '#shared/protocol/ids.ts'
import type { Folder, FolderRule } from '#shared/protocol/models.ts'
import { isMuted } from './chat-state.ts'
import type { ChatStore } from './chat-store.ts'
import type { Rpc } from './rpc.ts'
import type { Sections, SectionView } from './sections.ts'
import type { ChatView, ClientClock } from './types.ts'
import type { Views } from './views.ts'

const section = 'folders'

export interface FoldersDeps {
  rpc: Rpc
  sections: Sections
  store: ChatStore
  views: Views
  clock: ClientClock
}

/** Every method that asks the server throws AppError. */
export class Folders {
  /** All of them, in the user's order. */
  readonly list: SectionView<Folder[]>
  readonly #deps: FoldersDeps

  constructor(deps: FoldersDeps) {
    this.#deps = deps
    const load = async () => (await deps.rpc.request('folders', {})).folders
    this.list = deps.sections.define(section, load)
  }

  /** Replaces all of them. */
  async set(folders: Folder[]): Promise<void> {
    await this.#deps.rpc.call('setFolders', { folders })
    this.#deps.sections.stale(section)
  }

  /** The chats of the list that a folder shows, now; a rule on contacts needs `people.contacts` to be loaded. */
  chatsIn(folder: Folder): ChatView[] {
    const { views, store, clock } = this.#deps
    const isContact = (user: UserId) => store.contacts.has(user)
    return chatsIn(folder, views.get().chats, { now: clock.now(), isContact })
  }
}

export interface FolderContext {
  /** ms since 1970. */
  now: number
  isContact(user: UserId): boolean
}

/** The chats of a folder, in the order of the list. */
export function chatsIn(
  folder: Folder,
  chats: readonly ChatView[],
  context: FolderContext,
): ChatView[] {
  return chats.filter(view => isIn(folder, view, context))
}

function isIn({ rule, include, exclude }: Folder, view: ChatView, context: FolderContext): boolean {
  const { id } = view.chat
  if (exclude?.includes(id)) return false
  if (include?.includes(id)) return true
  return rule !== undefined && fits(rule, view, context)
}

function fits(rule: FolderRule, view: ChatView, { now, isContact }: FolderContext): boolean {
  const { chat } = view
  if (rule.kinds && !rule.kinds.includes(chat.kind)) return false
  if (rule.contacts !== undefined && chat.kind === 'direct') {
    if (rule.contacts !== (chat.peer !== undefined && isContact(chat.peer))) return false
  }
  if (rule.unread && view.unread === 0 && !chat.me.unread) return false
  if (rule.muted !== undefined && rule.muted !== isMuted(chat, now)) return false
  return rule.archived === true || !view.archived
}
