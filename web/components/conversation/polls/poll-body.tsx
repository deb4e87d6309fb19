// A poll or quiz within its message: choose, send the vote, see how it stands, take the vote back, end it.

import { useState } from 'react'
import type { MessageView, PollView } from '#client/types.ts'
import { runsChat } from '#shared/protocol/permissions.ts'
import { useAction } from '../../../hooks/use-action.ts'
import { text } from '../../../locales/index.ts'
import { useClient } from '../../../state/client-context.ts'
import { useConversation } from '../../../state/conversation-scope.ts'
import { isOwn } from '../../../state/message-rights.ts'
import { ask } from '../../../state/questions.ts'
import { ErrorLine } from '../../parts/error-line.tsx'
import { PollClock } from './poll-clock.tsx'
import { PollOption } from './poll-option.tsx'

interface Props {
  message: MessageView
  poll: PollView
}

export function PollBody({ message, poll }: Props) {
  const client = useClient()
  const { chat } = useConversation()
  const action = useAction()
  const [chosen, setChosen] = useState<readonly number[]>([])
  const { seq } = message
  const isOpen = seq !== undefined && poll.closed !== true && poll.mine === undefined
  const vote = (options: readonly number[]) => {
    if (seq !== undefined) action.run(() => client.polls.vote(chat.id, seq, options))
  }
  const press = (option: number) => {
    if (!poll.multiple) vote([option])
    else if (chosen.includes(option)) setChosen(chosen.filter(each => each !== option))
    else setChosen([...chosen, option])
  }
  return (
    <div className="poll" data-testid="poll">
      <p className="poll-kind">
        {text.polls.kind(poll)}
        {poll.closesAt !== undefined && !poll.closed && <PollClock at={poll.closesAt} />}
      </p>
      {poll.options.map((words, option) => (
        <PollOption
          // biome-ignore lint/suspicious/noArrayIndexKey: options are told by their numbers.
          key={option}
          words={words}
          option={option}
          poll={poll}
          seq={seq}
          isChosen={chosen.includes(option)}
          isOpen={isOpen && !action.busy}
          onPress={press}
        />
      ))}
      {poll.why !== undefined && <p className="poll-why">{poll.why}</p>}
      <ErrorLine error={action.error} />
      <p className="poll-foot">
        <span className="muted">{text.polls.voters(poll.voters)}</span>
        {isOpen && poll.multiple && (
          <button
            type="button"
            className="text-button"
            disabled={chosen.length === 0 || action.busy}
            onClick={() => vote(chosen)}
          >
            {text.polls.vote}
          </button>
        )}
        <PollActs message={message} poll={poll} onRetract={() => vote([])} />
      </p>
    </div>
  )
}

function PollActs({ message, poll, onRetract }: Props & { onRetract(): void }) {
  const client = useClient()
  const { chat, me } = useConversation()
  const { seq } = message
  if (seq === undefined || poll.closed) return null
  const runs = chat.kind !== 'direct' && runsChat(chat.me.role)
  const mayEnd = !message.fwd && (isOwn(message, me) || runs)
  return (
    <>
      {poll.mine && !poll.quiz && (
        <button type="button" className="text-button" onClick={onRetract}>
          {text.polls.retract}
        </button>
      )}
      {mayEnd && (
        <button
          type="button"
          className="text-button"
          onClick={() =>
            ask({
              title: text.polls.endTitle,
              sentence: text.polls.endSure,
              button: text.polls.end,
              run: () => client.polls.close(chat.id, seq),
            })
          }
        >
          {text.polls.end}
        </button>
      )}
    </>
  )
}
