// What can be done with a chat from the list: its menu.

import type { PetrelClient } from '#client/index.ts'
import { isMuted } from '#client/index.ts'
import type { ChatView, User } from '#client/types.ts'
import type { ChatId } from '#shared/protocol/ids.ts'
import { isRoom } from '#shared/protocol/permissions.ts'
import { text } from '../../locales/index.ts'
import { nameOfUser, titleOf } from '../../state/naming.ts'
import { closeChat, openDialog, screenView as shown } from '../../state/navigation.ts'
import { notify } from '../../state/notices.ts'
import { ask } from '../../state/questions.ts'
import type { MenuItem } from '../parts/menu.tsx'

interface Options {
  /** The chat stands first among the pinned ones. */
  first: boolean
  /** Shows the folders, once they are known. */
  onFolders(): void
}

export function chatMenu(client: PetrelClient, view: ChatView, options: Options): MenuItem[] {
  const { first, onFolders } = options
  const { chat } = view
  const place = (change: Parameters<PetrelClient['setPlace']>[1]) =>
    void client.setPlace(chat.id, change).catch(notify)
  const words = text.chats.menu
  // A stranger's request has its answers beside it.
  if (chat.me.request) return rareActions(client, view).slice(0, 1)
  const pin: MenuItem = { label: words.pin, icon: 'pin', run: () => place({ pinned: true }) }
  const unpin: MenuItem = { label: words.unpin, icon: 'pin', run: () => place({ pinned: false }) }
  const toTop: MenuItem = { label: words.toTop, icon: 'pin', run: () => place({ pinned: true }) }
  const folder: MenuItem = { label: words.folder, icon: 'folder', run: onFolders }
  return [
    readOrUnread(client, view),
    ...(chat.me.pinned ? [...(first ? [] : [toTop]), unpin] : []),
    ...(chat.me.pinned || view.archived ? [] : [pin]),
    isMuted(chat, Date.now())
      ? { label: words.unmute, icon: 'bell', run: () => place({ mutedUntil: null }) }
      : {
          label: words.mute,
          icon: 'mute',
          run: () => openDialog({ kind: 'mute', chat: chat.id }),
        },
    view.archived
      ? { label: words.unarchive, icon: 'archive', run: () => place({ archived: false }) }
      : { label: words.archive, icon: 'archive', run: () => place({ archived: true }) },
    ...(client.folders.list.get() ? [folder] : []),
    { label: words.clear, icon: 'broom', run: () => askClear(client, view) },
    ...rareActions(client, view),
  ]
}

function readOrUnread(client: PetrelClient, { chat, unread }: ChatView): MenuItem {
  const words = text.chats.menu
  if (unread === 0 && !chat.me.unread) {
    return {
      label: words.unread,
      icon: 'unread',
      run: () => void client.setPlace(chat.id, { unread: true }).catch(notify),
    }
  }
  return {
    label: words.read,
    icon: 'check',
    run: () => {
      if (chat.seq > 0) client.markRead(chat.id, chat.seq)
      if (chat.me.unread) client.setPlace(chat.id, { unread: false }).catch(notify)
    },
  }
}

function rareActions(client: PetrelClient, view: ChatView): MenuItem[] {
  const { chat, peer } = view
  const words = text.chats.menu
  const report: MenuItem = {
    label: words.report,
    icon: 'flag',
    danger: true,
    run: () => openDialog({ kind: 'report', chat: chat.id, ...(peer && { user: peer.id }) }),
  }
  if (isRoom(chat.kind)) {
    const leave: MenuItem = {
      label: words.leave,
      icon: 'leave',
      danger: true,
      run: () => askLeave(client, view),
    }
    return [report, leave]
  }
  if (!peer || peer.deleted) return []
  const block: MenuItem = view.blocked
    ? {
        label: words.unblock,
        icon: 'block',
        run: () => void client.people.unblock(peer.id).catch(notify),
      }
    : { label: words.block, icon: 'block', danger: true, run: () => askBlock(client, view) }
  return [report, block]
}

/** Clears the history after one question; in a direct chat for both, when that is wanted. */
export function askClear(client: PetrelClient, view: ChatView): void {
  const { chat } = view
  ask({
    title: text.chats.menu.clear,
    sentence: text.chats.clearSure(titleOf(view)),
    button: text.chats.menu.clear,
    ...(chat.kind === 'direct' && { tick: text.chats.clearBoth(titleOf(view)) }),
    run: both => client.clearHistory(chat.id, both ? { forAll: true } : {}),
  })
}

/** Leaves a group or channel after one question. */
export function askLeave(client: PetrelClient, view: ChatView): void {
  const { id, me, members } = view.chat
  const words = text.chats
  const owns = me.role === 'owner' && members > 1
  ask({
    title: words.menu.leave,
    sentence: owns ? words.leaveOwnerSure(titleOf(view)) : words.leaveSure(titleOf(view)),
    button: words.menu.leave,
    run: async () => {
      await client.rooms.leave(id)
      if (shown.get().chat === id) closeChat()
    },
  })
}

/** Blocks somebody after one question. */
export function askBlock(
  client: PetrelClient,
  { chat, peer }: { chat: { id: ChatId }; peer?: Pick<User, 'id' | 'name'> },
): void {
  if (!peer) return
  ask({
    title: text.chats.menu.block,
    sentence: text.chats.blockSure(nameOfUser(client.getSnapshot(), peer)),
    button: text.chats.menu.block,
    tick: text.chats.blockReport,
    run: async spam => {
      await client.people.block(peer.id)
      if (spam) await client.people.report(chat.id, 'spam', { user: peer.id })
    },
  })
}
