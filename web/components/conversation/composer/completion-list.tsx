// The list above the composer of what can complete the word that is being written.

import type { Completion } from '../../../hooks/use-completion.ts'
import { text } from '../../../locales/index.ts'
import { Avatar } from '../../parts/avatar.tsx'

export function CompletionList({ completion }: { completion: Completion }) {
  const { id, choices, active, take } = completion
  if (choices.length === 0) return null
  return (
    <div className="completion-list" role="listbox" id={id} aria-label={text.composer.completions}>
      {choices.map((choice, index) => (
        <div
          key={choice.key}
          id={`${id}-${index}`}
          role="option"
          tabIndex={-1}
          aria-selected={index === active}
          className="completion"
          data-testid="completion"
          onPointerDown={event => {
            event.preventDefault()
            take(index)
          }}
        >
          {choice.user !== undefined && <Avatar id={choice.user} name={choice.label} small />}
          {choice.emoji && <span className="completion-emoji">{choice.emoji}</span>}
          <span className="completion-label">{choice.label}</span>
          {choice.hint && <span className="muted">{choice.hint}</span>}
        </div>
      ))}
    </div>
  )
}
