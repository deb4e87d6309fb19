// Forwards messages to one or several chats, with or without where they come from, silently, with a comment in front.

import { useEffect, useMemo, useRef, useState } from 'react'
import type { ChatView } from '#client/types.ts'
import type { ChatId, Seq } from '#shared/protocol/ids.ts'
import { useAction } from '../../../hooks/use-action.ts'
import { text } from '../../../locales/index.ts'
import { useClient, useSnapshot } from '../../../state/client-context.ts'
import { closePanel } from '../../../state/conversation-panel.ts'
import { sentenceOf } from '../../../state/failure.ts'
import { may } from '../../../state/message-rights.ts'
import { titleOf } from '../../../state/naming.ts'
import { openChat } from '../../../state/navigation.ts'
import { stopSelecting } from '../../../state/selection.ts'
import { Avatar } from '../../parts/avatar.tsx'
import { ErrorLine } from '../../parts/error-line.tsx'
import { Icon } from '../../parts/icon.tsx'
import { Modal } from '../../parts/modal.tsx'
import { Tick } from '../../parts/tick.tsx'

export function ForwardPanel({ from, seqs }: { from: ChatId; seqs: readonly Seq[] }) {
  const client = useClient()
  const action = useAction()
  const chats = useSnapshot(snapshot => snapshot.chats)
  const [query, setQuery] = useState('')
  const [chosen, setChosen] = useState<readonly ChatId[]>([])
  const [comment, setComment] = useState('')
  /** The comment that a chat has already, where only the messages were refused. */
  const said = useRef(new Map<ChatId, string>())
  const [hideAuthor, setHideAuthor] = useState(false)
  const [silent, setSilent] = useState(false)
  useEffect(() => {
    // One's own notes are a place to forward to, also before the first one.
    client.saved().catch(() => {})
  }, [client])
  const open = useMemo(() => chats.filter(view => may(view.chat, 'post')), [chats])
  const found = open.filter(view => fits(view, query))
  const toggle = (id: ChatId) =>
    setChosen(chosen.includes(id) ? chosen.filter(other => other !== id) : [...chosen, id])

  const forwardTo = async (to: ChatId) => {
    const quiet = silent ? { silent: true as const } : {}
    const words = comment.trim()
    // In this order: the comment stands above what it is about.
    if (words !== '' && said.current.get(to) !== words) {
      const { rid, sent } = client.send(to, words, quiet)
      // It stays in the field here, so it is not to wait there as well.
      await sent.catch(failure => {
        client.discard(rid)
        throw failure
      })
      said.current.set(to, words)
    }
    await client.forward(to, from, seqs, {
      ...quiet,
      ...(hideAuthor && { hideAuthor: true as const }),
    })
  }
  const submit = () =>
    action.run(async () => {
      const failed: { id: ChatId; why: string }[] = []
      for (const id of chosen) {
        await forwardTo(id).catch(failure => failed.push({ id, why: sentenceOf(failure) }))
      }
      stopSelecting()
      if (failed.length === 0) {
        closePanel()
        if (chosen.length === 1 && chosen[0] !== undefined) openChat(chosen[0])
        return
      }
      setChosen(failed.map(({ id }) => id))
      if (failed.every(({ id }) => said.current.get(id) === comment.trim())) setComment('')
      const titles = open.filter(view => failed.some(({ id }) => id === view.chat.id)).map(titleOf)
      action.setError(text.panels.notForwarded(titles.join(', '), failed[0]?.why ?? ''))
    })
  return (
    <Modal title={text.panels.forwardTitle(seqs.length)} onClose={closePanel}>
      <div className="form">
        <input
          type="search"
          className="panel-search"
          value={query}
          placeholder={text.panels.findChat}
          aria-label={text.panels.findChat}
          onChange={event => setQuery(event.target.value)}
        />
        <ul className="choose-list">
          {found.map(view => (
            <ChatChoice
              key={view.chat.id}
              view={view}
              isChosen={chosen.includes(view.chat.id)}
              onPress={() => toggle(view.chat.id)}
            />
          ))}
          {found.length === 0 && <li className="muted empty">{text.panels.noChat}</li>}
        </ul>
        <input
          className="panel-search"
          value={comment}
          placeholder={text.panels.comment}
          aria-label={text.panels.comment}
          onChange={event => setComment(event.target.value)}
        />
        <Tick label={text.panels.hideAuthor} checked={hideAuthor} onChecked={setHideAuthor} />
        <Tick label={text.panels.silent} checked={silent} onChecked={setSilent} />
        <ErrorLine error={action.error} />
        <div className="form-buttons">
          <button
            type="button"
            className="primary"
            data-testid="forward"
            disabled={chosen.length === 0 || action.busy}
            onClick={submit}
          >
            {text.panels.forwardTo(chosen.length)}
          </button>
        </div>
      </div>
    </Modal>
  )
}

interface ChoiceProps {
  view: ChatView
  isChosen: boolean
  onPress(): void
}

function ChatChoice({ view, isChosen, onPress }: ChoiceProps) {
  const title = titleOf(view)
  const { id, kind } = view.chat
  return (
    <li>
      <button type="button" className="choice" aria-pressed={isChosen} onClick={onPress}>
        <Avatar id={view.peer?.id ?? id} name={title} saved={kind === 'saved'} small />
        <span className="choice-title">{title}</span>
        <span className="choice-mark">{isChosen && <Icon name="check" />}</span>
      </button>
    </li>
  )
}

function fits(view: ChatView, query: string): boolean {
  const wanted = query.trim().toLocaleLowerCase()
  const names = `${titleOf(view)} ${view.peer?.username ?? ''} ${view.chat.username ?? ''}`
  return wanted === '' || names.toLocaleLowerCase().includes(wanted)
}
