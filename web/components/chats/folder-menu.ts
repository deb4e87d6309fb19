// The folders as a menu: which ones hold a chat of the list, and a press puts it in or takes it out.

import type { PetrelClient } from '#client/index.ts'
import type { ChatView, Folder } from '#client/types.ts'
import { limits } from '#shared/protocol/limits.ts'
import { text } from '../../locales/index.ts'
import { isFull, isInFolder, toggledFolder } from '../../state/folder-chats.ts'
import { openDialog } from '../../state/navigation.ts'
import { notify, say } from '../../state/notices.ts'
import type { MenuItem } from '../parts/menu.tsx'

export function folderMenu(client: PetrelClient, view: ChatView): MenuItem[] {
  const folders = client.folders.list.get() ?? []
  const context = { contacts: client.people.contacts.get() ?? new Map(), now: Date.now() }
  const create: MenuItem = {
    label: text.chats.menu.newFolder,
    icon: 'plus',
    run: () => openDialog({ kind: 'folder', chat: view.chat.id }),
  }
  return [
    ...folders.map(folder => ({
      key: String(folder.id),
      label: folder.title,
      icon: 'folder' as const,
      checked: isInFolder(folder, view, context),
      run: () => replace(client, toggledFolder(folder, view, context)),
    })),
    ...(folders.length < limits.foldersMax ? [create] : []),
  ]
}

/** In the place of the one with its id, among the folders as they are by now. */
function replace(client: PetrelClient, folder: Folder): void {
  if (isFull(folder)) {
    say(text.settings.folders.tooMany(limits.folderChatsMax))
    return
  }
  const folders = client.folders.list.get() ?? []
  client.folders.set(folders.map(each => (each.id === folder.id ? folder : each))).catch(notify)
}
