// The one question before a destructive act (state/questions.ts).

import { useState } from 'react'
import { useAction } from '../../hooks/use-action.ts'
import { text } from '../../locales/index.ts'
import { forgetQuestion, type Question, question } from '../../state/questions.ts'
import { useStore } from '../../state/store.ts'
import { ErrorLine } from '../parts/error-line.tsx'
import { Modal } from '../parts/modal.tsx'
import { Tick } from '../parts/tick.tsx'

export function Questions() {
  const asked = useStore(question, value => value)
  return asked && <Asked key={asked.title + asked.sentence} asked={asked} />
}

function Asked({ asked }: { asked: Question }) {
  const [ticked, setTicked] = useState(false)
  const action = useAction()
  const sure = () =>
    action.run(async () => {
      await asked.run(ticked)
      if (question.get() === asked) forgetQuestion()
    })
  return (
    <Modal title={asked.title} onClose={forgetQuestion}>
      <div className="form">
        <p>{asked.sentence}</p>
        {asked.tick !== undefined && (
          <Tick label={asked.tick} checked={ticked} onChecked={setTicked} />
        )}
        <ErrorLine error={action.error} />
        <div className="form-buttons">
          <button type="button" className="secondary" onClick={forgetQuestion}>
            {text.cancel}
          </button>
          <button
            type="button"
            className="primary danger"
            data-testid="sure"
            disabled={action.busy}
            onClick={sure}
          >
            {asked.button}
          </button>
        </div>
      </div>
    </Modal>
  )
}
