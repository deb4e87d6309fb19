// The second line of a chat in the list: who types, the text that was begun, or the last message in a few words.

import type { ChatView, MessageView } from '#client/types.ts'
import { coverSpoilers } from '#shared/protocol/cover-spoilers.ts'
import { theChat } from '#shared/protocol/models.ts'
import { text } from '../../locales/index.ts'
import { useMyId, useNames } from '../../state/client-context.ts'
import { nameOf } from '../../state/naming.ts'
import { serviceText } from '../../state/service-text.ts'
import { TypingLine } from '../parts/typing-line.tsx'

const charsMax = 160

export function LastLine({ view, open }: { view: ChatView; open: boolean }) {
  return <span className="chat-last">{lineOf(view, open)}</span>
}

function lineOf(view: ChatView, open: boolean) {
  const { typing, draft, last } = view
  if (typing.length > 0) return <TypingLine view={view} />
  if (draft && draft.text !== '' && !open) {
    return (
      <>
        <span className="chat-draft">{text.chats.draft}: </span>
        {draft.text.slice(0, charsMax)}
      </>
    )
  }
  if (!last) return text.chats.noMessages
  if (last.deleted) return <em>{text.chats.deleted}</em>
  return <LastMessage view={view} last={last} />
}

function LastMessage({ view: { chat }, last }: { view: ChatView; last: MessageView }) {
  const me = useMyId()
  const names = useNames()
  const called = (user: number) => {
    if (user === me) return text.chats.you
    return user === theChat ? (chat.title ?? '') : nameOf(names, user)
  }
  if (last.svc) return <em>{serviceText(last, called)}</em>
  const own = last.from === me
  const named = chat.kind === 'group' || (chat.kind === 'direct' && own)
  return (
    <>
      {named && <span className="chat-author">{called(last.from)}: </span>}
      {wordsOf(last)}
    </>
  )
}

function wordsOf({ poll, text: words, ents }: MessageView): string {
  const short = coverSpoilers(words, ents).slice(0, charsMax)
  if (!poll) return short
  return poll.quiz ? text.service.quiz(short) : text.service.poll(short)
}
