// One option of a poll: a button while one may vote, afterwards a bar with how many chose it.

import type { PollView } from '#client/types.ts'
import type { Seq } from '#shared/protocol/ids.ts'
import { text } from '../../../locales/index.ts'
import { openPanel } from '../../../state/conversation-panel.ts'
import { useConversation } from '../../../state/conversation-scope.ts'
import { Icon } from '../../parts/icon.tsx'

interface Props {
  words: string
  option: number
  poll: PollView
  seq: Seq | undefined
  isChosen: boolean
  isOpen: boolean
  onPress(option: number): void
}

export function PollOption({ words, option, poll, seq, isChosen, isOpen, onPress }: Props) {
  if (poll.counts === undefined) {
    return (
      <button
        type="button"
        className="poll-option"
        aria-pressed={poll.multiple ? isChosen : undefined}
        disabled={!isOpen}
        data-testid="poll-option"
        onClick={() => onPress(option)}
      >
        <span className={poll.multiple ? 'poll-mark square' : 'poll-mark'} aria-hidden="true">
          {isChosen && <Icon name="check" />}
        </span>
        <span dir="auto">{words}</span>
      </button>
    )
  }
  return <Result words={words} option={option} poll={poll} seq={seq} counts={poll.counts} />
}

type ResultProps = Pick<Props, 'words' | 'option' | 'poll' | 'seq'> & { counts: readonly number[] }

function Result({ words, option, poll, seq, counts }: ResultProps) {
  const { chat } = useConversation()
  const n = counts[option] ?? 0
  const percent = poll.voters === 0 ? 0 : Math.round((n / poll.voters) * 100)
  const isMine = poll.mine?.includes(option) ?? false
  const isRight = poll.correct === option
  const isWrong = poll.correct !== undefined && !isRight
  const shown = (
    <>
      <span className="poll-percent">{text.polls.percent(percent)}</span>
      <span className="poll-words" dir="auto">
        {words}
        {isMine && <Mark label={text.polls.mine} icon={isWrong ? 'close' : 'check'} />}
        {isRight && <Mark label={text.polls.right} icon="tick" />}
      </span>
      <span className={isWrong ? 'poll-bar wrong' : 'poll-bar'}>
        <span className="poll-fill" style={{ width: `${percent}%` }} />
      </span>
    </>
  )
  if (!poll.public || n === 0 || seq === undefined) {
    return (
      <div className="poll-result" title={text.polls.votes(n)} data-testid="poll-result">
        {shown}
      </div>
    )
  }
  return (
    <button
      type="button"
      className="poll-result"
      title={text.polls.seeVoters(n)}
      data-testid="poll-result"
      onClick={() => openPanel({ kind: 'voters', chat: chat.id, seq, option })}
    >
      {shown}
    </button>
  )
}

function Mark({ label, icon }: { label: string; icon: 'check' | 'close' | 'tick' }) {
  return (
    <span
      className={icon === 'close' ? 'poll-own wrong' : 'poll-own'}
      role="img"
      aria-label={label}
      title={label}
    >
      <Icon name={icon} />
    </span>
  )
}
