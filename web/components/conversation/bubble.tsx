// The message itself: author, what it replies to, text, time and state, and the way out of a failed send.

import type { ChatWindow, MessageView } from '#client/types.ts'
import type { Seq } from '#shared/protocol/ids.ts'
import { text } from '../../locales/index.ts'
import type { Row } from '../../state/rows.ts'
import { exactly, timeOf } from '../../state/when.ts'
import { FailedLine } from './failed-line.tsx'
import { ReplyQuote } from './reply-quote.tsx'
import { RichText } from './rich-text.tsx'
import { StateMark } from './state-mark.tsx'

interface Props {
  row: Row
  /** Shown above the text; null when it is clear who speaks. */
  name: string | null
  window: ChatWindow
  onJump(seq: Seq): void
}

export function Bubble({ row: { message, own }, name, window, onJump }: Props) {
  return (
    <div className="bubble">
      {name !== null && <p className={`author ink-${message.from % 7}`}>{name}</p>}
      {message.reply !== undefined && !message.deleted && (
        <ReplyQuote seq={message.reply} window={window} onJump={onJump} />
      )}
      {message.deleted ? (
        <p className="tombstone">{text.message.deleted}</p>
      ) : (
        <div className="words">
          <RichText text={message.text} ents={message.ents} />
        </div>
      )}
      <Meta message={message} own={own} />
      {message.state === 'failed' && <FailedLine message={message} />}
    </div>
  )
}

function Meta({ message, own }: { message: MessageView; own: boolean }) {
  return (
    <p className="meta">
      {message.edited !== undefined && !message.deleted && <span>{text.message.edited}</span>}
      <time dateTime={new Date(message.at).toISOString()} title={exactly(message.at)}>
        {timeOf(message.at)}
      </time>
      {own && !message.deleted && <StateMark state={message.state} />}
    </p>
  )
}
