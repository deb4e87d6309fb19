// What this window shows: the open chat (kept in the address, so reload and the back key work), the info panel
// and the dialog. Nothing here is sent anywhere: addresses use the fragment only.

import type { ChatId, Seq, UserId } from '#shared/protocol/ids.ts'
import type { InfoPage } from './info-view.ts'
import { createStore } from './store.ts'

export type Dialog =
  | { kind: 'direct' }
  | { kind: 'group' }
  | { kind: 'channel' }
  | { kind: 'join'; token: string }
  | { kind: 'contacts' }
  | { kind: 'mute'; chat: ChatId }
  /** A new one, with this chat in it. */
  | { kind: 'folder'; chat: ChatId }
  /** Messages, a person or, with neither, the chat. */
  | { kind: 'report'; chat: ChatId; seqs?: readonly Seq[]; user?: UserId }
  /** Whose public name it is: a person's, a group's or a channel's. */
  | { kind: 'name'; name: string }

export interface ScreenView {
  chat: ChatId | null
  /** The way into the panel beside the chat, the page that shows last; empty for its first page. null: it is closed. */
  info: readonly InfoPage[] | null
  dialog: Dialog | null
}

/** What a step of the history holds beside its address. */
interface Step {
  /** The chat was opened from the list, which is below it. */
  fromList?: boolean
  /** Steps between the first one of the chat and this one. */
  steps?: number
  /** As in `ScreenView`, where the panel covers the conversation. */
  info?: readonly InfoPage[]
  /** How many of the steps are the panel's, up to this one. */
  infoSteps?: number
}

const travelMs = 1_000
/** The browser goes back, and has not told where it came to. */
let isTravelling = false
/** What is to be done there. */
let next: (() => void) | undefined

export const screenView = createStore<ScreenView>({
  chat: chatOf(location.hash),
  info: coversConversation() ? (stepNow().info ?? null) : null,
  dialog: null,
})

/** Follows the back and forward keys. */
export function followHistory(): () => void {
  const onPop = () => {
    const before = screenView.get()
    const chat = chatOf(location.hash)
    spot.set(chatSpotOf(location.hash))
    // Beside the conversation the panel is no step of the history.
    const stays = before.info !== null && before.chat === chat && !coversConversation()
    screenView.set({ ...before, chat, info: stays ? before.info : (stepNow().info ?? null) })
    arrive()
  }
  addEventListener('popstate', onPop)
  return () => removeEventListener('popstate', onPop)
}

/** The first chat opened from the list makes a history entry, so the back key of a phone returns to the list. */
export function openChat(chat: ChatId): void {
  const current = screenView.get()
  if (current.chat === chat) {
    screenView.set({ ...current, dialog: null })
    return
  }
  const address = `/#/chat/${chat}`
  const { info: _, infoSteps: __, ...step } = stepNow()
  if (current.chat === null) history.pushState({ fromList: true } satisfies Step, '', address)
  else history.replaceState(step satisfies Step, '', address)
  screenView.set({ chat, info: null, dialog: null })
}

/** The message that a chat should show as soon as it is open; the conversation takes it away when it goes there. */
export const spot = createStore<{ chat: ChatId; seq: Seq } | null>(chatSpotOf(location.hash))

/** Opens a chat at one of its messages, as at a hit of a search. */
export function openChatAt(chat: ChatId, seq: Seq): void {
  const { chat: open, info } = screenView.get()
  spot.set({ chat, seq })
  // The message is behind the panel that it was found in: one step back leads there again.
  if (open === chat && info && coversConversation()) pushStep(null)
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
  whenThere(() => {
    const { fromList, steps = 0 } = stepNow()
    if (fromList) return travel(-1 - steps)
    history.replaceState(null, '', '/')
    screenView.set({ ...screenView.get(), chat: null, info: null })
  })
}

/** Shows the panel so; where it covers the conversation as a step of its own, so that the back key of a phone leads back. */
export function pushInfoStep(info: readonly InfoPage[]): void {
  if (coversConversation()) pushStep(info)
  else screenView.set({ ...screenView.get(), info })
}

/** To the page of the panel before this one. */
export function backInfoStep(info: readonly InfoPage[]): void {
  const step = stepNow()
  screenView.set({ ...screenView.get(), info })
  if (!step.info) return
  if ((step.infoSteps ?? 0) > 1) travel(-1)
  // It was opened at this page: the one before has no step.
  else history.replaceState({ ...step, info } satisfies Step, '')
}

/** Closes the panel, from whichever of its pages. */
export function closeInfo(): void {
  whenThere(() => {
    const { info, infoSteps = 0 } = stepNow()
    screenView.set({ ...screenView.get(), info: null })
    if (info && infoSteps > 0) travel(-infoSteps)
  })
}

/** Does something with the step of the history where the page is, or will be as soon as the browser came to it. */
export function whenThere(run: () => void): void {
  if (isTravelling) next = run
  else run()
}

export function openDialog(dialog: Dialog): void {
  screenView.set({ ...screenView.get(), dialog })
}

export function closeDialog(): void {
  screenView.set({ ...screenView.get(), dialog: null })
}

/** Forgets everything of the person who signed out. */
export function resetView(): void {
  history.replaceState(null, '', '/')
  screenView.set({ chat: null, info: null, dialog: null })
}

/** @param info null for a step that shows the conversation again */
function pushStep(info: readonly InfoPage[] | null): void {
  const { info: _, infoSteps = 0, ...step } = stepNow()
  const shown = info && { info, infoSteps: infoSteps + 1 }
  const next: Step = { ...step, steps: (step.steps ?? 0) + 1, ...shown }
  history.pushState(next, '')
  screenView.set({ ...screenView.get(), info })
}

function travel(by: number): void {
  isTravelling = true
  history.go(by)
  // A step that is not there tells nothing.
  setTimeout(arrive, travelMs)
}

function arrive(): void {
  const run = next
  isTravelling = false
  next = undefined
  run?.()
}

function stepNow(): Step {
  const step = (history.state as Step | null) ?? {}
  // An older version of the page left other ones.
  return step.info === undefined || Array.isArray(step.info) ? step : { ...step, info: [] }
}

/** Whether the panel covers the conversation, as the style sheet of the shell has it. */
export function coversConversation(): boolean {
  return matchMedia('(max-width: 1050px)').matches
}

function chatOf(hash: string): ChatId | null {
  const found = /^#\/chat\/([1-9]\d{0,15})(?:\/[1-9]\d{0,15})?$/.exec(hash)?.[1]
  return found ? Number(found) : null
}
