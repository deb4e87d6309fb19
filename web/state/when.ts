// Times as people read them, in the language of the page and the zone of the browser.

import { text } from '../locales/index.ts'

const time = new Intl.DateTimeFormat(text.lang, {
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
})
const dayMonth = new Intl.DateTimeFormat(text.lang, { day: 'numeric', month: 'long' })
const fullDate = new Intl.DateTimeFormat(text.lang, {
  day: 'numeric',
  month: 'long',
  year: 'numeric',
})
const shortDate = new Intl.DateTimeFormat(text.lang, {
  day: '2-digit',
  month: '2-digit',
  year: '2-digit',
})
const weekday = new Intl.DateTimeFormat(text.lang, { weekday: 'short' })
const exact = new Intl.DateTimeFormat(text.lang, { dateStyle: 'full', timeStyle: 'medium' })
const dayMs = 86_400_000

export const timeOf = (at: number) => time.format(at)
export const exactly = (at: number) => exact.format(at)

/** "Today", "Yesterday", "4 March", or with the year when it is another one. */
export function dayOf(at: number, now = Date.now()): string {
  const days = daysAgo(at, now)
  if (days === 0) return text.talk.today
  if (days === 1) return text.talk.yesterday
  return sameYear(at, now) ? dayMonth.format(at) : fullDate.format(at)
}

/** For a row of the chat list: the time today, the weekday within a week, else the date. */
export function briefly(at: number, now = Date.now()): string {
  const days = daysAgo(at, now)
  if (days === 0) return time.format(at)
  return days < 7 ? weekday.format(at) : shortDate.format(at)
}

/** For "last seen …": the time, with the day when it was not today. */
export function lately(at: number, now = Date.now()): string {
  return daysAgo(at, now) === 0 ? time.format(at) : `${dayOf(at, now)}, ${time.format(at)}`
}

function daysAgo(at: number, now: number): number {
  return Math.round(
    (new Date(now).setHours(0, 0, 0, 0) - new Date(at).setHours(0, 0, 0, 0)) / dayMs,
  )
}

function sameYear(a: number, b: number): boolean {
  return new Date(a).getFullYear() === new Date(b).getFullYear()
}
