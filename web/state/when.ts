// Times as people read them (state/time-words.ts), in the language of the page.

import { text } from '../locales/index.ts'
import * as words from './time-words.ts'

export const timeOf = (at: number) => words.timeOf(tongue(), at)
export const exactly = (at: number) => words.exactly(tongue(), at)
export const dayOf = (at: number) => words.dayOf(tongue(), at, Date.now())
export const briefly = (at: number) => words.briefly(tongue(), at, Date.now())
export const lately = (at: number) => words.lately(tongue(), at, Date.now())
export const moment = (at: number) => words.moment(tongue(), at, Date.now())
export const ago = (at: number) => words.ago(tongue(), at, Date.now())

function tongue(): words.Tongue {
  return { tag: words.tagOf(text.lang, navigator.languages), text }
}
