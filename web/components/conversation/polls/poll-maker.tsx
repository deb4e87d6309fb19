// Makes a poll or a quiz. What was typed stays when the server refuses it.

import { useState } from 'react'
import type { ChatView } from '#client/types.ts'
import { randomRid, type Seq } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import { useAction } from '../../../hooks/use-action.ts'
import { text } from '../../../locales/index.ts'
import { useClient } from '../../../state/client-context.ts'
import { closePanel } from '../../../state/conversation-panel.ts'
import { stopExtra } from '../../../state/drafts.ts'
import { ErrorLine } from '../../parts/error-line.tsx'
import { Field } from '../../parts/field.tsx'
import { Modal } from '../../parts/modal.tsx'
import { Tick } from '../../parts/tick.tsx'
import { PollOptionFields } from './poll-option-fields.tsx'

const spans = [300, 3_600, 86_400, 604_800] as const

export function PollMaker({ view, reply }: { view: ChatView; reply: Seq | undefined }) {
  const client = useClient()
  const action = useAction()
  const { id, kind } = view.chat
  // The same poll however often it is tried.
  const [rid] = useState(randomRid)
  const [question, setQuestion] = useState('')
  const [options, setOptions] = useState<readonly string[]>(['', ''])
  const [multiple, setMultiple] = useState(false)
  const [isPublic, setPublic] = useState(kind === 'group')
  const [correct, setCorrect] = useState<number | null>(null)
  const [isQuiz, setQuiz] = useState(false)
  const [why, setWhy] = useState('')
  const [closesInS, setClosesInS] = useState(0)

  const given = options.flatMap((words, index) => (words.trim() === '' ? [] : { words, index }))
  const right = given.findIndex(({ index }) => index === correct)
  const ready = question.trim() !== '' && given.length >= limits.pollOptionsMin
  const submit = () => {
    if (isQuiz && right < 0) return action.setError(text.polls.needsCorrect)
    action.run(async () => {
      await client.polls.create(id, {
        rid,
        question: question.trim(),
        options: given.map(({ words }) => words.trim()),
        ...(multiple && !isQuiz && { multiple: true as const }),
        ...(isPublic && kind !== 'channel' && { public: true as const }),
        ...(isQuiz && { quiz: { correct: right, ...(why.trim() && { explanation: why.trim() }) } }),
        ...(closesInS > 0 && { closesInS }),
        ...(reply !== undefined && { reply }),
      })
      if (reply !== undefined) stopExtra(id)
      closePanel()
    })
  }
  return (
    <Modal title={text.polls.make} onClose={closePanel}>
      <form
        className="form"
        data-testid="poll-maker"
        onSubmit={event => {
          event.preventDefault()
          submit()
        }}
      >
        <Field
          label={text.polls.question}
          value={question}
          onValue={setQuestion}
          maxLength={limits.pollQuestionCharsMax}
          required
        />
        <PollOptionFields
          options={options}
          onOptions={setOptions}
          correct={isQuiz ? correct : undefined}
          onCorrect={setCorrect}
        />
        <Tick label={text.polls.quiz} checked={isQuiz} onChecked={setQuiz} />
        {isQuiz ? (
          <Field
            label={text.polls.why}
            value={why}
            onValue={setWhy}
            maxLength={limits.pollExplanationCharsMax}
          />
        ) : (
          <Tick label={text.polls.multiple} checked={multiple} onChecked={setMultiple} />
        )}
        {kind !== 'channel' && (
          <Tick label={text.polls.isPublic} checked={isPublic} onChecked={setPublic} />
        )}
        <Closing closesInS={closesInS} onChange={setClosesInS} />
        <ErrorLine error={action.error} />
        <div className="form-buttons">
          <button type="submit" className="primary" disabled={!ready || action.busy}>
            {text.polls.send}
          </button>
        </div>
      </form>
    </Modal>
  )
}

interface ClosingProps {
  closesInS: number
  onChange(s: number): void
}

function Closing({ closesInS, onChange }: ClosingProps) {
  return (
    <label className="field">
      <span>{text.polls.closes}</span>
      <select value={closesInS} onChange={event => onChange(Number(event.target.value))}>
        <option value={0}>{text.polls.never}</option>
        {spans.map(s => (
          <option key={s} value={s}>
            {text.polls.after[s]}
          </option>
        ))}
      </select>
    </label>
  )
}
