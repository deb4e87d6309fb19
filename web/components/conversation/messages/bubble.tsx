// The message itself: author, where it came from, what it replies to, text or poll, what was chosen at it, time and state.

import { text } from '../../../locales/index.ts'
import { openPanel } from '../../../state/conversation-panel.ts'
import { useConversation } from '../../../state/conversation-scope.ts'
import { foundMessage, marksIn } from '../../../state/found-message.ts'
import type { Row } from '../../../state/rows.ts'
import { jumboOf } from '../../../state/segments.ts'
import { useStore } from '../../../state/store.ts'
import { PollBody } from '../polls/poll-body.tsx'
import { ReactionRow } from '../reactions/reaction-row.tsx'
import { CommentsButton } from './comments-button.tsx'
import { FailedLine } from './failed-line.tsx'
import { ForwardedFrom } from './forwarded-from.tsx'
import { Meta } from './meta.tsx'
import { PreviewCard } from './preview-card.tsx'
import { ReplyQuote } from './reply-quote.tsx'
import { RichText } from './rich-text.tsx'

interface Props {
  row: Row
  /** Shown above the text; null when it is clear who speaks. */
  name: string | null
}

export function Bubble({ row: { message, own }, name }: Props) {
  const { chat } = useConversation()
  const { seq, fwd, reply, poll, reacts, comments, preview } = message
  const marks = useStore(foundMessage, hit => marksIn(hit, chat.id, message))
  const isPlain = !poll && !fwd && reply === undefined
  const jumbo = isPlain ? jumboOf(message.text, message.ents) : 0
  return (
    <div className={jumbo > 0 ? `bubble jumbo jumbo-${jumbo}` : 'bubble'}>
      {name !== null && <Author id={message.from} name={name} />}
      {fwd && <ForwardedFrom fwd={fwd} />}
      {reply !== undefined && <ReplyQuote message={message} reply={reply} />}
      <div className="words" dir="auto">
        <RichText text={message.text} ents={message.ents} marks={marks} />
      </div>
      {poll && <PollBody message={message} poll={poll} />}
      {preview && <PreviewCard preview={preview} />}
      {reacts && seq !== undefined && <ReactionRow message={message} reacts={reacts} />}
      <Meta message={message} own={own} isChannel={chat.kind === 'channel'} />
      {comments && seq !== undefined && <CommentsButton seq={seq} comments={comments} />}
      {message.state === 'failed' && <FailedLine message={message} />}
    </div>
  )
}

function Author({ id, name }: { id: number; name: string }) {
  return (
    <p className={`author ink-${id % 7}`}>
      <button
        type="button"
        className="author-button"
        title={text.message.profile}
        onClick={() => openPanel({ kind: 'person', user: id })}
      >
        {name}
      </button>
    </p>
  )
}
