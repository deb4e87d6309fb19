// The comments of a channel's post: read by everybody who reads the channel, written by those who joined its discussion group.

import { type FormEvent, useCallback, useEffect, useState } from 'react'
import { fromMarkdown } from '#client/index.ts'
import type { Message } from '#client/types.ts'
import type { ChatId, Seq } from '#shared/protocol/ids.ts'
import type { OpOut } from '#shared/protocol/ops.ts'
import { useAction } from '../../../hooks/use-action.ts'
import { useLoaded } from '../../../hooks/use-loaded.ts'
import { text } from '../../../locales/index.ts'
import { useClient, useNames, useSnapshot } from '../../../state/client-context.ts'
import { mayHaveOlder, noThread, withNewest, withOlder } from '../../../state/comments.ts'
import { closePanel } from '../../../state/conversation-panel.ts'
import { nameOf } from '../../../state/naming.ts'
import { openChatAt } from '../../../state/navigation.ts'
import { messageAt } from '../../../state/rows.ts'
import { timeOf } from '../../../state/when.ts'
import { Avatar } from '../../parts/avatar.tsx'
import { ErrorLine } from '../../parts/error-line.tsx'
import { Icon } from '../../parts/icon.tsx'
import { Modal } from '../../parts/modal.tsx'
import { RichText } from '../messages/rich-text.tsx'

type Page = OpOut<'comments'>

export function CommentsPanel({ channel, seq }: { channel: ChatId; seq: Seq }) {
  const client = useClient()
  const action = useAction()
  const [thread, setThread] = useState(noThread)
  const count = useSnapshot(
    ({ windows }) => messageAt(windows.get(channel)?.messages ?? [], seq)?.comments?.count,
  )
  const read = useCallback(() => client.rooms.comments(channel, seq), [client, channel, seq])
  // Another number of comments means that there are new ones.
  const { value: page, loading, error, reload } = useLoaded(read, count)
  useEffect(() => {
    if (page) setThread(held => withNewest(held, page.messages))
  }, [page])
  const [first] = thread.messages
  const loadOlder = () =>
    action.run(async () => {
      if (!first) return
      const { messages } = await client.rooms.comments(channel, seq, { before: first.seq })
      setThread(held => (held.messages[0]?.seq === first.seq ? withOlder(held, messages) : held))
    })
  return (
    <Modal title={text.panels.comments} onClose={closePanel}>
      <div className="comments-panel" data-testid="comments-panel">
        {page !== null && mayHaveOlder(thread, page.count) && (
          <button type="button" className="text-button" disabled={action.busy} onClick={loadOlder}>
            {text.panels.older}
          </button>
        )}
        {page === null && loading && (
          <div className="list-skeleton" role="status" aria-label={text.loading} />
        )}
        {page?.messages.length === 0 && <p className="muted empty">{text.panels.noComments}</p>}
        <ul className="comment-list" role="log" aria-label={text.panels.comments}>
          {thread.messages.map(message => (
            <Comment key={message.seq} message={message} />
          ))}
        </ul>
        <ErrorLine error={action.error ?? error} />
        {page && <Foot channel={channel} page={page} onSent={reload} />}
      </div>
    </Modal>
  )
}

function Comment({ message }: { message: Message }) {
  const names = useNames()
  const name = nameOf(names, message.from)
  return (
    <li className="comment">
      <Avatar id={message.from} name={name} small />
      <div className="comment-words">
        <p className={`author ink-${message.from % 7}`}>{name}</p>
        <div className="words" dir="auto">
          <RichText text={message.text} ents={message.ents} />
        </div>
        <time className="meta">{timeOf(message.at)}</time>
      </div>
    </li>
  )
}

interface FootProps {
  channel: ChatId
  page: Page
  onSent(): Promise<void>
}

function Foot({ channel, page: { group, thread, joined }, onSent }: FootProps) {
  const client = useClient()
  const action = useAction()
  const [words, setWords] = useState('')
  const send = (event: FormEvent) => {
    event.preventDefault()
    const formatted = fromMarkdown(words.trim())
    if (formatted.text.trim() === '') return
    action.run(async () => {
      const { text: plain, ents } = formatted
      const answer = { reply: thread, keepDraft: true as const }
      await client.send(group, plain, { ...answer, ...(ents.length > 0 && { ents }) }).sent
      setWords('')
      await onSent()
    })
  }
  if (!joined) {
    return (
      <div className="form">
        <ErrorLine error={action.error} />
        <button
          type="button"
          className="primary"
          disabled={action.busy}
          onClick={() => action.run(() => client.rooms.joinDiscussion(channel).then(onSent))}
        >
          {text.panels.joinDiscussion}
        </button>
      </div>
    )
  }
  return (
    <form className="form" onSubmit={send}>
      <ErrorLine error={action.error} />
      <div className="comment-line">
        <input
          className="panel-search"
          value={words}
          placeholder={text.panels.comment1}
          aria-label={text.panels.comment1}
          data-testid="comment"
          onChange={event => setWords(event.target.value)}
        />
        <button
          type="submit"
          className="send"
          aria-label={text.conversation.send}
          disabled={action.busy || words.trim() === ''}
        >
          <Icon name="send" />
        </button>
      </div>
      <button
        type="button"
        className="text-button"
        onClick={() => {
          closePanel()
          openChatAt(group, thread)
        }}
      >
        {text.panels.openGroup}
      </button>
    </form>
  )
}
