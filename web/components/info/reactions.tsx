// Which emojis members may choose at messages: the standard ones, some of them, or none.

import { type FormEvent, useState } from 'react'
import type { Chat } from '#client/types.ts'
import { standardReactions } from '#shared/protocol/reactions.ts'
import { useAction } from '../../hooks/use-action.ts'
import { useBackInfo } from '../../hooks/use-back-info.ts'
import { text } from '../../locales/index.ts'
import { useClient } from '../../state/client-context.ts'
import { backInfo } from '../../state/info-view.ts'
import { ErrorLine } from '../parts/error-line.tsx'

const kinds = ['all', 'some', 'none'] as const
type Kind = (typeof kinds)[number]

export function Reactions({ chat }: { chat: Chat }) {
  const client = useClient()
  const [kind, setKind] = useState<Kind>(kindOf(chat))
  const [some, setSome] = useState<readonly string[]>(chat.reactions ?? [])
  const back = useBackInfo()
  const { run, busy, error } = useAction()
  const { reactions } = text.members
  // Those of another client stay to choose from.
  const offered = [...new Set([...(chat.reactions ?? []), ...standardReactions])]
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const allowed = { all: 'all' as const, some: [...some], none: [] }
    run(async () => {
      await client.rooms.setReactions(chat.id, allowed[kind])
      back()
    })
  }
  const turn = (emoji: string) =>
    setSome(some.includes(emoji) ? some.filter(each => each !== emoji) : [...some, emoji])
  return (
    <form className="form info-card" onSubmit={submit}>
      <fieldset className="choices">
        <legend>{reactions.which}</legend>
        {kinds.map(each => (
          <label key={each} className="tick">
            <input
              type="radio"
              name="reactions"
              checked={kind === each}
              onChange={() => setKind(each)}
            />
            <span>{reactions[each]}</span>
          </label>
        ))}
      </fieldset>
      {kind === 'some' && (
        <fieldset className="emoji-grid">
          <legend className="sr-only">{reactions.some}</legend>
          {offered.map(emoji => (
            <button
              key={emoji}
              type="button"
              className="emoji-choice"
              aria-pressed={some.includes(emoji)}
              onClick={() => turn(emoji)}
            >
              {emoji}
            </button>
          ))}
        </fieldset>
      )}
      <ErrorLine error={error} />
      <div className="form-buttons">
        <button type="button" className="secondary" onClick={backInfo}>
          {text.cancel}
        </button>
        <button type="submit" className="primary" data-testid="save-reactions" disabled={busy}>
          {text.save}
        </button>
      </div>
    </form>
  )
}

function kindOf({ reactions }: Chat): Kind {
  if (reactions === undefined) return 'all'
  return reactions.length === 0 ? 'none' : 'some'
}
