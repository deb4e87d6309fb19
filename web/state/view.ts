// What this window shows: the open chat (kept in the address, so reload and the back key work), the info panel
// and the dialog. Nothing here is sent anywhere: addresses use the fragment only.

import type { ChatId, Seq, UserId } from '#shared/protocol/ids.ts'
import { createStore } from './store.ts'

export type Dialog =
  | { kind: 'direct' }
  | { kind: 'group' }
  | { kind: 'channel' }
  | { kind: 'join'; token: string }
  | { kind: 'contacts' }
  | { kind: 'mute'; chat: ChatId }
  /** Messages, a person or, with neither, the chat. */
  | { kind: 'report'; chat: ChatId; seqs?: readonly Seq[]; user?: UserId }
  /** Whose public name it is: a person's, a group's or a channel's. */
  | { kind: 'name'; name: string }

export interface View {
  chat: ChatId | null
  info: boolean
  dialog: Dialog | null
}

export const view = createStore<View>({ chat: chatOf(location.hash), info: false, dialog: null })

/** Follows the back and forward keys. */
export function followHistory(): () => void {
  const onPop = () => {
    const before = view.get()
    const chat = chatOf(location.hash)
    spot.set(chatSpotOf(location.hash))
    // Beside the conversation the panel is no step of the history.
    const stays = before.info && before.chat === chat && !coversTalk()
    view.set({ ...before, chat, info: stays || stepNow().info === true })
  }
  addEventListener('popstate', onPop)
  return () => removeEventListener('popstate', onPop)
}

/** The first chat opened from the list makes a history entry, so the back key of a phone returns to the list. */
export function openChat(chat: ChatId): void {
  const current = view.get()
  if (current.chat === chat) {
    view.set({ ...current, dialog: null })
    return
  }
  const address = `/#/chat/${chat}`
  if (current.chat === null) history.pushState({ fromList: true }, '', address)
  else history.replaceState(history.state, '', address)
  view.set({ chat, info: false, dialog: null })
}

/** The message that a chat should show as soon as it is open; the conversation takes it away when it goes there. */
export const spot = createStore<{ chat: ChatId; seq: Seq } | null>(chatSpotOf(location.hash))

/** Opens a chat at one of its messages, as at a hit of a search. */
export function openChatAt(chat: ChatId, seq: Seq): void {
  spot.set({ chat, seq })
  openChat(chat)
}

/** What somebody wants to search for, as a tag they pressed; the search takes it away when it shows it. */
export const wantedSearch = createStore<string | null>(null)

export function searchFor(words: string): void {
  wantedSearch.set(words)
}

/** The address of a message, for those who are in its chat. */
export function addressOf(chat: ChatId, seq: Seq): string {
  return `${location.origin}/#/chat/${chat}/${seq}`
}

/** Of which message this is the address; null of none of this server. */
export function chatSpotOf(address: string): { chat: ChatId; seq: Seq } | null {
  const found = /#\/chat\/([1-9]\d{0,15})\/([1-9]\d{0,15})$/.exec(address)
  return found ? { chat: Number(found[1]), seq: Number(found[2]) } : null
}

export function closeChat(): void {
  const { fromList, info } = stepNow()
  if (fromList) {
    history.go(info ? -2 : -1)
    return
  }
  history.replaceState(null, '', '/')
  view.set({ ...view.get(), chat: null, info: false })
}

/** Where the panel covers the conversation it is a step of the history: the back key of a phone closes it. */
export function toggleInfo(): void {
  const current = view.get()
  const step = stepNow()
  view.set({ ...current, info: !current.info })
  if (current.info && step.info) history.back()
  else if (!current.info && coversTalk()) history.pushState({ ...step, info: true }, '')
}

export function openDialog(dialog: Dialog): void {
  view.set({ ...view.get(), dialog })
}

export function closeDialog(): void {
  view.set({ ...view.get(), dialog: null })
}

/** Forgets everything of the person who signed out. */
export function resetView(): void {
  history.replaceState(null, '', '/')
  view.set({ chat: null, info: false, dialog: null })
}

/** What a step of the history holds beside its address. */
function stepNow(): { fromList?: boolean; info?: boolean } {
  return (history.state as ReturnType<typeof stepNow> | null) ?? {}
}

/** As the style sheet of the shell has it. */
function coversTalk(): boolean {
  return matchMedia('(max-width: 1050px)').matches
}

function chatOf(hash: string): ChatId | null {
  const found = /^#\/chat\/([1-9]\d{0,15})(?:\/[1-9]\d{0,15})?$/.exec(hash)?.[1]
  return found ? Number(found) : null
}
