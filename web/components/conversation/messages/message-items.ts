// What the menu of a message offers, by the rights of who asks and by what the message is.

import type { PetrelClient } from '#client/index.ts'
import type { MessageView } from '#client/types.ts'
import type { Seq } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import { text } from '../../../locales/index.ts'
import { openPanel } from '../../../state/conversation-panel.ts'
import type { ConversationScope } from '../../../state/conversation-scope.ts'
import { copyText } from '../../../state/copy-text.ts'
import { startEdit, startReply } from '../../../state/drafts.ts'
import {
  mayDeleteForAll,
  mayEdit,
  mayForward,
  mayLink,
  mayPin,
  mayReply,
  mayReport,
  maySeeReactors,
  maySeeReaders,
} from '../../../state/message-rights.ts'
import { addressOf, openDialog } from '../../../state/navigation.ts'
import { notify } from '../../../state/notices.ts'
import { formattingWithin } from '../../../state/segments.ts'
import type { MenuItem } from '../../parts/menu.tsx'
import { askDelete } from './ask-delete.ts'
import { select } from './select.ts'

/** A part of a message's text. */
export interface Part {
  from: number
  to: number
}

interface Subject {
  client: PetrelClient
  scope: ConversationScope
  message: MessageView
  /** What of it is selected on the page. */
  part: Part | null
}

export function messageItems(subject: Subject): MenuItem[] {
  const { message } = subject
  const { seq } = message
  const copyText: MenuItem = {
    label: text.message.copy,
    icon: 'copy',
    run: () => copy(message.text),
  }
  if (seq === undefined) return [copyText]
  return [
    ...answers(subject, seq),
    copyText,
    ...others(subject, seq),
    ...looks(subject, seq),
    ...ends(subject, seq),
  ]
}

function answers({ scope: { chat, me }, message, part }: Subject, seq: Seq): MenuItem[] {
  const items: MenuItem[] = []
  if (mayReply(message, chat)) {
    items.push({
      label: text.message.reply,
      icon: 'reply',
      run: () => toComposer(() => startReply(chat.id, seq)),
    })
    if (part) {
      const words = message.text.slice(part.from, part.to)
      const ents = formattingWithin(message.ents, part.from, part.to)
      const quote = { text: words, o: part.from, ...(ents.length > 0 && { ents }) }
      items.push({
        label: text.message.quote,
        icon: 'quote',
        run: () => toComposer(() => startReply(chat.id, seq, quote)),
      })
    }
  }
  if (mayEdit(message, chat, me, Date.now())) {
    items.push({
      label: text.message.edit,
      icon: 'edit',
      run: () => toComposer(() => startEdit(chat.id, message)),
    })
  }
  return items
}

function others({ client, scope: { chat }, message }: Subject, seq: Seq): MenuItem[] {
  const items: MenuItem[] = []
  if (mayLink(message, chat)) {
    items.push({
      label: text.message.copyLink,
      icon: 'link',
      run: () => copy(addressOf(chat.id, seq)),
    })
  }
  if (mayForward(message)) {
    items.push({
      label: text.message.forward,
      icon: 'share',
      run: () => openPanel({ kind: 'forward', from: chat.id, seqs: [seq] }),
    })
  }
  if (mayPin(message, chat)) {
    items.push({
      label: message.pinned ? text.message.unpin : text.message.pin,
      icon: 'pin',
      run: () =>
        message.pinned
          ? void client.unpin(chat.id, seq).catch(notify)
          : openPanel({ kind: 'pin', chat: chat.id, seq }),
    })
  }
  items.push({ label: text.message.select, icon: 'tick', run: () => select(chat.id, seq) })
  return items
}

function looks({ scope: { chat, me }, message }: Subject, seq: Seq): MenuItem[] {
  const items: MenuItem[] = []
  if (maySeeReaders(message, chat, me, Date.now())) {
    items.push({
      label: text.message.readers,
      icon: 'checks',
      run: () => openPanel({ kind: 'readers', chat: chat.id, seq }),
    })
  }
  if (message.reacts && maySeeReactors(chat)) {
    items.push({
      label: text.message.reactors,
      icon: 'smile',
      run: () => openPanel({ kind: 'reactors', chat: chat.id, seq }),
    })
  }
  return items
}

function ends({ client, scope: { chat, me }, message }: Subject, seq: Seq): MenuItem[] {
  const items: MenuItem[] = []
  if (mayReport(message, chat, me)) {
    items.push({
      label: text.message.report,
      icon: 'flag',
      run: () => openDialog({ kind: 'report', chat: chat.id, seqs: [seq] }),
    })
  }
  items.push({
    label: text.message.remove,
    icon: 'trash',
    danger: true,
    run: () => askDelete(client, chat, [{ seq, forAll: mayDeleteForAll(message, chat, me) }]),
  })
  return items
}

/** What of a message is selected, where it can be quoted. */
export function selectedPart(key: string, source: string): Part | null {
  const words = document.querySelector(`[data-key="${CSS.escape(key)}"] .words`)
  const selected = getSelection()
  const range = selected && selected.rangeCount > 0 ? selected.getRangeAt(0) : null
  if (!words || !range || range.collapsed || !words.contains(range.commonAncestorContainer))
    return null
  const before = document.createRange()
  before.selectNodeContents(words)
  before.setEnd(range.startContainer, range.startOffset)
  const from = before.toString().length
  const chosen = range.toString()
  const to = from + chosen.length
  const fits = chosen.trim() !== '' && chosen.length <= limits.quoteCharsMax
  return fits && source.slice(from, to) === chosen ? { from, to } : null
}

function copy(words: string): void {
  copyText(words).catch(notify)
}

function toComposer(change: () => void): void {
  change()
  document.querySelector<HTMLTextAreaElement>('[data-testid=composer]')?.focus()
}
