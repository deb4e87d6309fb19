// What this window shows: the open chat (kept in the address, so reload and the back key work), the info panel
// and the dialog. Nothing here is sent anywhere: addresses use the fragment only.

import type { ChatId, Seq, UserId } from '#shared/protocol/ids.ts'
import type { InfoPage } from './info-view.ts'
import {
  followSteps,
  placeAt,
  stepNow as plainStepNow,
  pushStep,
  replaceStep,
  resetSteps,
  travelTo,
  whenThere,
} from './steps.ts'
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
  /** The place of the chat's first step, where it was opened from the list, which is below it. */
  chatAt?: number
  /** As in `ScreenView`, where the panel covers the conversation. */
  info?: readonly InfoPage[]
  /** The place of the panel's first step; none where the page was opened with it. */
  infoAt?: number
  /** The place where its last page was opened. */
  pageAt?: number
}

export const screenView = createStore<ScreenView>({
  chat: chatOf(location.hash),
  info: coversConversation() ? (stepNow().info ?? null) : null,
  dialog: null,
})

/** Follows the back and forward keys. */
export function followHistory(): () => void {
  return followSteps(() => {
    const before = screenView.get()
    const chat = chatOf(location.hash)
    spot.set(chatSpotOf(location.hash))
    // Beside the conversation the panel is no step of the history.
    const stays = before.info !== null && before.chat === chat && !coversConversation()
    screenView.set({ ...before, chat, info: stays ? before.info : (stepNow().info ?? null) })
  })
}

/** The first chat opened from the list makes a history entry, so the back key of a phone returns to the list. */
export function openChat(chat: ChatId): void {
  const current = screenView.get()
  if (current.chat === chat) {
    screenView.set({ ...current, dialog: null })
    return
  }
  const address = `/#/chat/${chat}`
  if (current.chat === null) pushStep({ chatAt: placeAt() + 1 } satisfies Step, address)
  else replaceStep(withoutInfo(stepNow()), address)
  screenView.set({ chat, info: null, dialog: null })
}

/** The message that a chat should show as soon as it is open; the conversation takes it away when it goes there. */
export const spot = createStore<{ chat: ChatId; seq: Seq } | null>(chatSpotOf(location.hash))

/** Opens a chat at one of its messages, as at a hit of a search. */
export function openChatAt(chat: ChatId, seq: Seq): void {
  const { chat: open, info } = screenView.get()
  spot.set({ chat, seq })
  // The message is behind the panel that it was found in: one step back leads there again.
  if (open === chat && info && coversConversation()) {
    pushStep(withoutInfo(stepNow()))
    screenView.set({ ...screenView.get(), info: null })
  }
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
    const { chatAt } = stepNow()
    if (chatAt !== undefined) return travelTo(chatAt - 1)
    replaceStep({}, '/')
    screenView.set({ ...screenView.get(), chat: null, info: null })
  })
}

/** Shows the panel so; where it covers the conversation as a step of its own, so that the back key of a phone leads back. */
export function pushInfoStep(info: readonly InfoPage[]): void {
  if (coversConversation()) {
    const step = stepNow()
    const pageAt = placeAt() + 1
    const infoAt = step.info ? step.infoAt : pageAt
    pushStep({ ...step, info, pageAt, ...(infoAt !== undefined && { infoAt }) } satisfies Step)
  }
  screenView.set({ ...screenView.get(), info })
}

/** To the page of the panel before this one. */
export function backInfoStep(info: readonly InfoPage[]): void {
  const step = stepNow()
  screenView.set({ ...screenView.get(), info })
  if (!step.info) return
  if (step.pageAt !== undefined && step.pageAt !== step.infoAt) travelTo(step.pageAt - 1)
  // It was opened at this page: the one before has no step.
  else replaceStep({ ...step, info } satisfies Step)
}

/** Closes the panel, from whichever of its pages. */
export function closeInfo(): void {
  whenThere(() => {
    const { info, infoAt } = stepNow()
    screenView.set({ ...screenView.get(), info: null })
    if (info && infoAt !== undefined) travelTo(infoAt - 1)
  })
}

export function openDialog(dialog: Dialog): void {
  screenView.set({ ...screenView.get(), dialog })
}

export function closeDialog(): void {
  screenView.set({ ...screenView.get(), dialog: null })
}

/** Forgets everything of the person who signed out. */
export function resetView(): void {
  resetSteps()
  screenView.set({ chat: null, info: null, dialog: null })
}

function withoutInfo({ info: _, infoAt: __, pageAt: ___, ...step }: Step): Step {
  return step
}

function stepNow(): Step {
  const step: Step = plainStepNow()
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
