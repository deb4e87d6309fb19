// A question before something that cannot be undone, asked from anywhere; components/dialogs/question.tsx shows it.

import { openerNow } from './opener.ts'
import { createStore } from './store.ts'

export interface Question {
  title: string
  sentence: string
  /** What the button that does it says. */
  button: string
  /** Something that may be done as well, as a box to tick. */
  tick?: string
  /** The dialog stays open, with the reason, when this fails. */
  run(ticked: boolean): Promise<unknown>
}

export const question = createStore<Question | null>(null)

let giveBackFocus: (() => void) | undefined

export function ask(asked: Question): void {
  giveBackFocus = openerNow()
  question.set(asked)
}

export function forgetQuestion(): void {
  question.set(null)
  giveBackFocus?.()
  giveBackFocus = undefined
}
