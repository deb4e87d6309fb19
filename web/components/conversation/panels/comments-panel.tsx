// The comments of a channel's post: read by everybody who reads the channel, written by those who joined its discussion group.

import { type FormEvent, useCallback, useEffect, useState } from 'react'
import { fromMarkdown } from '#client/index.ts'
import type { Message } from '#client/types.ts'
import type { ChatId, Seq } from '#shared/protocol/ids.ts'
import type { OpOut } from '#shared/protocol/ops.ts'
import { useAction } from '../../../hooks/use-action.ts'
import { text } from '../../../locales/index.ts'
import { useClient, useSnapshot, useUsers } from '../../../state/client-context.ts'
import { nameOf } from '../../../state/naming.ts'
import { messageAt } from '../../../state/rows.ts'
import { closePanel } from '../../../state/talk-panel.ts'
import { openChatAt } from '../../../state/view.ts'
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
  const [page, setPage] = useState<Page | null>(null)
  const [older, setOlder] = useState<readonly Message[]>([])
  const count = useSnapshot(
    ({ windows }) => messageAt(windows.get(channel)?.messages ?? [], seq)?.comments?.count,
  )
  const { run } = action
  const load = useCallback(
    () => client.rooms.comments(channel, seq).then(setPage),
    [client, channel, seq],
  )
  // biome-ignore lint/correctness/useExhaustiveDependencies: another number of comments means that there are new ones.
  useEffect(() => run(load), [run, load, count])
  const first = older[0] ?? page?.messages[0]
  const shown = [...older, ...(page?.messages ?? [])].filter(each => !each.deleted)
  const loadOlder = () =>
    action.run(async () => {
      if (!first) return
      const before = await client.rooms.comments(channel, seq, { before: first.seq })
      setOlder([...before.messages, ...older])
    })
  const hasOlder = page !== null && shown.length < page.count && shown.length > 0
  return (
    <Modal title={text.panels.comments} onClose={closePanel}>
      <div className="comments-panel" data-testid="comments-panel">
        {hasOlder && (
          <button type="button" className="text-button" onClick={loadOlder}>
            {text.panels.older}
          </button>
        )}
        {page === null && action.busy && (
          <div className="list-skeleton" role="status" aria-label={text.loading} />
        )}
        {page !== null && shown.length === 0 && (
          <p className="muted empty">{text.panels.noComments}</p>
        )}
        <ul className="comment-list" role="log" aria-label={text.panels.comments}>
          {shown.map(message => (
            <Comment key={message.seq} message={message} />
          ))}
        </ul>
        <ErrorLine error={action.error} />
        {page && <Foot channel={channel} page={page} onSent={load} />}
      </div>
    </Modal>
  )
}

function Comment({ message }: { message: Message }) {
  const users = useUsers()
  const name = nameOf(users, message.from)
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
      await client.send(group, plain, { reply: thread, ...(ents.length > 0 && { ents }) }).sent
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
          aria-label={text.talk.send}
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
