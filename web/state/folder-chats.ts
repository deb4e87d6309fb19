// Whether a chat is in a folder, and the folder with that turned round by hand. Pure.

import type { ChatView, Folder } from '#client/types.ts'
import { limits } from '#shared/protocol/limits.ts'
import { inFolder } from './list-rows.ts'

interface Context {
  contacts: Parameters<typeof inFolder>[2]
  /** ms since 1970 */
  now: number
}

export function isInFolder(folder: Folder, view: ChatView, { contacts, now }: Context): boolean {
  return inFolder(folder, [view], contacts, now).length > 0
}

/** The folder with the chat where it was without it, and the other way round, whatever its rule says. */
export function toggledFolder(folder: Folder, view: ChatView, context: Context): Folder {
  const { id } = view.chat
  const { include = [], exclude = [], ...rest } = folder
  const others = {
    include: include.filter(chat => chat !== id),
    exclude: exclude.filter(chat => chat !== id),
  }
  const byRule = isInFolder({ ...rest }, view, context)
  const isWanted = !isInFolder(folder, view, context)
  if (isWanted && !byRule) others.include.push(id)
  if (!isWanted && byRule) others.exclude.push(id)
  return {
    ...rest,
    ...(others.include.length > 0 && { include: others.include }),
    ...(others.exclude.length > 0 && { exclude: others.exclude }),
  }
}

/** Whether the server takes it. */
export function isFull({ include = [], exclude = [] }: Folder): boolean {
  return include.length + exclude.length > limits.folderChatsMax
}
