// Which rare panel stands over the conversation, and which message's menu is open. One of each at a time.

import type { ChatId, Seq, UserId } from '#shared/protocol/ids.ts'
import { openerNow } from './opener.ts'
import { createStore } from './store.ts'

export type ConversationPanel =
  | { kind: 'forward'; from: ChatId; seqs: readonly Seq[] }
  | { kind: 'readers'; chat: ChatId; seq: Seq }
  | { kind: 'reactors'; chat: ChatId; seq: Seq; emoji?: string }
  | { kind: 'voters'; chat: ChatId; seq: Seq; option: number }
  | { kind: 'pin'; chat: ChatId; seq: Seq }
  | { kind: 'pins'; chat: ChatId }
  | { kind: 'date'; chat: ChatId; at: number }
  | { kind: 'poll'; chat: ChatId; reply?: Seq }
  | { kind: 'scheduled'; chat: ChatId }
  | { kind: 'schedule'; title: string; at?: number; done(at: number): Promise<void> }
  | { kind: 'comments'; chat: ChatId; seq: Seq }
  | { kind: 'link'; words: string; done(words: string, url: string): void }
  | { kind: 'person'; user: UserId }

export const conversationPanel = createStore<ConversationPanel | null>(null)

let giveBackFocus: (() => void) | undefined

export function openPanel(panel: ConversationPanel): void {
  if (conversationPanel.get() === null) giveBackFocus = openerNow()
  conversationPanel.set(panel)
}

export function closePanel(): void {
  conversationPanel.set(null)
  giveBackFocus?.()
  giveBackFocus = undefined
}

/** Where a message's menu was asked for: at its button, or at a point of the page. */
export interface MenuSpot {
  key: string
  rect: DOMRect
  /** Gets the focus back. */
  from: HTMLElement | null
}

export const messageMenu = createStore<MenuSpot | null>(null)
