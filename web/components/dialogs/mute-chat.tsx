// For how long a chat makes no noise.

import { useState } from 'react'
import type { ChatId } from '#shared/protocol/ids.ts'
import { useAction } from '../../hooks/use-action.ts'
import { text } from '../../locales/index.ts'
import { useChat, useClient } from '../../state/client-context.ts'
import { localMinute, parseLocal } from '../../state/dates.ts'
import { titleOf } from '../../state/naming.ts'
import { closeDialog } from '../../state/navigation.ts'
import { Tick } from '../parts/tick.tsx'
import { DialogForm } from './dialog-form.tsx'

const hourMs = 3_600_000
const spans = { hour: hourMs, hours: 8 * hourMs, days: 48 * hourMs } as const

type Choice = keyof typeof spans | 'always' | 'until'
const choices: readonly Choice[] = ['hour', 'hours', 'days', 'always', 'until']

export function MuteChat({ id }: { id: ChatId }) {
  const client = useClient()
  const view = useChat(id)
  const [choice, setChoice] = useState<Choice>('hour')
  const [until, setUntil] = useState(() => localMinute(Date.now() + 24 * hourMs))
  const [mentions, setMentions] = useState(view?.chat.me.mentionsMuted ?? false)
  const action = useAction()
  if (!view) return null
  const submit = async () => {
    const end = endOf(choice, until)
    if (end === null) return action.setError(text.chats.mute.past)
    await client.setPlace(id, { mutedUntil: end, mentionsMuted: mentions })
    closeDialog()
  }
  return (
    <DialogForm
      title={text.chats.mute.title(titleOf(view))}
      button={text.chats.mute.button}
      submit={submit}
      action={action}
    >
      <fieldset className="choices">
        <legend className="sr-only">{text.chats.mute.title(titleOf(view))}</legend>
        {choices.map(each => (
          <label key={each} className="tick">
            <input
              type="radio"
              name="mute"
              checked={choice === each}
              onChange={() => setChoice(each)}
            />
            <span>{text.chats.mute[each]}</span>
          </label>
        ))}
      </fieldset>
      {choice === 'until' && (
        <input
          className="date-field"
          type="datetime-local"
          aria-label={text.chats.mute.until}
          required
          value={until}
          onChange={event => setUntil(event.target.value)}
        />
      )}
      <Tick label={text.chats.mute.mentions} checked={mentions} onChecked={setMentions} />
    </DialogForm>
  )
}

/** @returns as `setPlace` wants it: 0 for ever; null for a time that is over or none */
function endOf(choice: Choice, until: string): number | null {
  if (choice === 'always') return 0
  if (choice !== 'until') return Date.now() + spans[choice]
  const at = parseLocal(until)
  return at !== null && at > Date.now() ? at : null
}
