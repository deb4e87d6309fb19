// Days of UTC, as figures are counted by them.

import { text } from '../locales/index.ts'

/** "4 Mar" */
export function shortDay(at: number): string {
  return new Intl.DateTimeFormat(text.lang, {
    day: 'numeric',
    month: 'short',
    timeZone: 'UTC',
  }).format(at)
}
