// The options of a poll that is being made; of a quiz also which one is right.

import { useLayoutEffect, useRef } from 'react'
import { limits } from '#shared/protocol/limits.ts'
import { text } from '../../../locales/index.ts'
import { IconButton } from '../../parts/icon-button.tsx'

interface Props {
  options: readonly string[]
  onOptions(options: readonly string[]): void
  /** undefined: it is no quiz. */
  correct: number | null | undefined
  onCorrect(option: number | null): void
}

export function PollOptionFields({ options, onOptions, correct, onCorrect }: Props) {
  const fields = useRef<HTMLDivElement>(null)
  const shown = useRef(options.length)
  useLayoutEffect(() => {
    // Who adds an option goes on writing.
    if (options.length > shown.current) {
      fields.current
        ?.querySelector<HTMLElement>('.poll-field:last-of-type input:not([type])')
        ?.focus()
    }
    shown.current = options.length
  }, [options.length])
  const remove = (gone: number) => {
    onOptions(options.filter((_, index) => index !== gone))
    if (correct === gone) onCorrect(null)
    else if (typeof correct === 'number' && correct > gone) onCorrect(correct - 1)
  }
  return (
    <div className="poll-fields" ref={fields}>
      {options.map((words, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: options are told by their numbers.
        <div className="poll-field" key={index}>
          {correct !== undefined && (
            <input
              type="radio"
              name="correct"
              checked={correct === index}
              aria-label={text.polls.correct(index + 1)}
              onChange={() => onCorrect(index)}
            />
          )}
          <input
            value={words}
            maxLength={limits.pollOptionCharsMax}
            placeholder={text.polls.option(index + 1)}
            aria-label={text.polls.option(index + 1)}
            onChange={event => onOptions(options.with(index, event.target.value))}
          />
          {options.length > limits.pollOptionsMin && (
            <IconButton
              icon="close"
              label={text.polls.removeOption(index + 1)}
              onClick={() => remove(index)}
            />
          )}
        </div>
      ))}
      {options.length < limits.pollOptionsMax && (
        <button type="button" className="text-button" onClick={() => onOptions([...options, ''])}>
          {text.polls.addOption}
        </button>
      )}
    </div>
  )
}
