// The frame of a dialog that asks for something and does one thing.

import type { FormEvent, ReactNode } from 'react'
import { type Action, useAction } from '../../hooks/use-action.ts'
import { text } from '../../locales/index.ts'
import { closeDialog } from '../../state/navigation.ts'
import { ErrorLine } from '../parts/error-line.tsx'
import { Modal } from '../parts/modal.tsx'

interface Props {
  title: string
  button: string
  submit(): Promise<unknown>
  children: ReactNode
  action?: Action
  /** There is nothing to submit any more: only closing is left. */
  done?: boolean
}

export function DialogForm({
  title,
  button,
  submit,
  children,
  action: given,
  done = false,
}: Props) {
  const own = useAction()
  const action = given ?? own
  const onSubmit = (event: FormEvent) => {
    event.preventDefault()
    action.run(submit)
  }
  return (
    <Modal title={title} onClose={closeDialog}>
      <form className="form" onSubmit={onSubmit}>
        {children}
        <ErrorLine error={action.error} />
        <div className="form-buttons">
          <button type="button" className="secondary" onClick={closeDialog}>
            {done ? text.close : text.cancel}
          </button>
          {!done && (
            <button
              type="submit"
              className="primary"
              data-testid="dialog-submit"
              disabled={action.busy}
            >
              {button}
            </button>
          )}
        </div>
      </form>
    </Modal>
  )
}
