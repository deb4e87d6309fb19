// A user's folders: read and replaced as a whole. Which chats are in one is for the client to see.

import { AppError } from '#shared/protocol/codes.ts'
import { isStorable } from '#shared/protocol/entities.ts'
import type { UserId } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import type { Folder } from '#shared/protocol/models.ts'
import { replaceFolders } from '#shared/store/folders.ts'
import { changeUser } from './change-user.ts'
import type { Services } from './services.ts'

/**
 * Puts these folders in place of all. Chats listed need not exist: nobody learns here whether they do.
 * @param folders at most limits.foldersMax
 * @throws AppError bad_request (an id twice, more than limits.folderChatsMax chats listed), bad_text
 */
export async function setFolders(
  deps: Services,
  user: UserId,
  folders: readonly Folder[],
): Promise<void> {
  if (new Set(folders.map(folder => folder.id)).size < folders.length)
    throw new AppError('bad_request', { detail: 'Two folders have the same id.' })
  for (const { title, include = [], exclude = [] } of folders) {
    if (!isStorable(title)) throw new AppError('bad_text')
    if (include.length + exclude.length > limits.folderChatsMax)
      throw new AppError('bad_request', { detail: 'A folder lists too many chats.' })
  }
  await changeUser(deps, user, async change => {
    await change.lock()
    await replaceFolders(change.tx, user, folders)
    await change.touch('folders')
  })
}
