// Forwards messages to one or several chats, with or without where they come from, silently, with a comment in front.

import { useMemo, useRef, useState } from 'react'
import { fromMarkdown } from '#client/index.ts'
import type { ChatView } from '#client/types.ts'
import { type ChatId, type Rid, randomRid, type Seq } from '#shared/protocol/ids.ts'
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
  const [chosen, setChosen] = useState<readonly ChatId[]>([])
  const [comment, setComment] = useState('')
  /** The comment that a chat has already, where only the messages were refused. */
  const said = useRef(new Map<ChatId, string>())
  /** Of the copies for each chat: what is tried again, as after a lost answer, makes no second ones. */
  const rids = useRef(new Map<ChatId, readonly Rid[]>())
  const [hideAuthor, setHideAuthor] = useState(false)
  const [silent, setSilent] = useState(false)
  const open = useMemo(() => choicesOf(chats), [chats])
  const forwardTo = async (choice: ChatId) => {
    const quiet = silent ? { silent: true as const } : {}
    const words = comment.trim()
    const to = choice === newSaved ? (await client.saved()).id : choice
    // In this order: the comment stands above what it is about.
    if (words !== '' && said.current.get(choice) !== words) {
      const { text: plain, ents } = fromMarkdown(words)
      const { rid, sent } = client.send(to, plain, { ...quiet, ents, keepDraft: true })
      // It stays in the field here, so it is not to wait there as well.
      await sent.catch(failure => {
        client.discard(rid)
        throw failure
      })
      said.current.set(choice, words)
    }
    const numbers = rids.current.get(to) ?? seqs.map(() => randomRid())
    rids.current.set(to, numbers)
    await client.forward(to, from, seqs, {
      rids: numbers,
      ...quiet,
      ...(hideAuthor && { hideAuthor: true as const }),
    })
    return to
  }
  const submit = () =>
    action.run(async () => {
      const failed: { id: ChatId; why: string }[] = []
      const reached: ChatId[] = []
      for (const id of chosen) {
        const done = (to: ChatId) => reached.push(to)
        await forwardTo(id).then(done, failure => failed.push({ id, why: sentenceOf(failure) }))
      }
      stopSelecting()
      if (failed.length === 0) {
        closePanel()
        if (reached.length === 1 && reached[0] !== undefined) openChat(reached[0])
        return
      }
      setChosen(failed.map(({ id }) => id))
      if (failed.every(({ id }) => said.current.get(id) === comment.trim())) setComment('')
      const titles = open
        .filter(each => failed.some(({ id }) => id === each.id))
        .map(each => each.title)
      action.setError(text.panels.notForwarded(titles.join(', '), failed[0]?.why ?? ''))
    })
  return (
    <Modal title={text.panels.forwardTitle(seqs.length)} onClose={closePanel}>
      <div className="form">
        <Choices
          choices={open}
          chosen={chosen}
          onPress={id =>
            setChosen(chosen.includes(id) ? chosen.filter(other => other !== id) : [...chosen, id])
          }
        />
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

/** Saved messages that nobody has written into: the chat is made when it is forwarded to. */
const newSaved: ChatId = 0

interface Choice {
  id: ChatId
  title: string
  /** What else it is found by. */
  names: string
  /** Whose colour it has. */
  hue: number
  saved: boolean
}

/** Where one may write; one's own notes always, and first. */
function choicesOf(chats: readonly ChatView[]): readonly Choice[] {
  const open = chats.filter(view => may(view.chat, 'post')).map(choiceOf)
  const saved = open.find(choice => choice.saved) ?? {
    id: newSaved,
    title: text.chats.saved,
    names: '',
    hue: newSaved,
    saved: true,
  }
  return [saved, ...open.filter(choice => !choice.saved)]
}

function choiceOf(view: ChatView): Choice {
  const { chat, peer } = view
  return {
    id: chat.id,
    title: titleOf(view),
    names: `${peer?.username ?? ''} ${chat.username ?? ''}`,
    hue: peer?.id ?? chat.id,
    saved: chat.kind === 'saved',
  }
}

interface ChoicesProps {
  choices: readonly Choice[]
  chosen: readonly ChatId[]
  onPress(choice: ChatId): void
}

function Choices({ choices, chosen, onPress }: ChoicesProps) {
  const [query, setQuery] = useState('')
  const found = choices.filter(choice => fits(choice, query))
  return (
    <>
      <input
        type="search"
        className="panel-search"
        value={query}
        placeholder={text.panels.findChat}
        aria-label={text.panels.findChat}
        onChange={event => setQuery(event.target.value)}
      />
      <ul className="choose-list">
        {found.map(choice => (
          <ChatChoice
            key={choice.id}
            choice={choice}
            isChosen={chosen.includes(choice.id)}
            onPress={() => onPress(choice.id)}
          />
        ))}
        {found.length === 0 && <li className="muted empty">{text.panels.noChat}</li>}
      </ul>
    </>
  )
}

interface ChoiceProps {
  choice: Choice
  isChosen: boolean
  onPress(): void
}

function ChatChoice({ choice: { title, hue, saved }, isChosen, onPress }: ChoiceProps) {
  return (
    <li>
      <button type="button" className="choice" aria-pressed={isChosen} onClick={onPress}>
        <Avatar id={hue} name={title} saved={saved} small />
        <span className="choice-title">{title}</span>
        <span className="choice-mark">{isChosen && <Icon name="check" />}</span>
      </button>
    </li>
  )
}

function fits({ title, names }: Choice, query: string): boolean {
  const wanted = query.trim().toLocaleLowerCase()
  return wanted === '' || `${title} ${names}`.toLocaleLowerCase().includes(wanted)
}
