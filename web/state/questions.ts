// A question before something that cannot be undone, asked from anywhere; components/dialogs/question.tsx shows it.

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

export function ask(asked: Question): void {
  question.set(asked)
}

export function forgetQuestion(): void {
  question.set(null)
}
