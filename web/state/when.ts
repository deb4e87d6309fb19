// Times as people read them, in the language of the page and the zone of the browser.

import { text } from '../locales/index.ts'

const shapes = {
  time: { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
  dayMonth: { day: 'numeric', month: 'long' },
  fullDate: { day: 'numeric', month: 'long', year: 'numeric' },
  shortDate: { day: '2-digit', month: '2-digit', year: '2-digit' },
  weekday: { weekday: 'short' },
  exact: { dateStyle: 'full', timeStyle: 'medium' },
} as const satisfies Record<string, Intl.DateTimeFormatOptions>

const dayMs = 86_400_000
const units = [
  ['year', 365 * dayMs],
  ['month', 30 * dayMs],
  ['week', 7 * dayMs],
  ['day', dayMs],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const
const secondMs = 1_000

/** Making one takes a hundred times as long as using it. */
const made = new Map<string, Intl.DateTimeFormat>()

export const timeOf = (at: number) => format('time', at)
export const exactly = (at: number) => format('exact', at)

/** "Today", "Yesterday", "4 March", or with the year when it is another one. */
export function dayOf(at: number, now = Date.now()): string {
  const days = daysAgo(at, now)
  if (days === 0) return text.talk.today
  if (days === 1) return text.talk.yesterday
  return dateOf(at, now)
}

/** "4 March", or with the year when it is another one. */
export function dateOf(at: number, now = Date.now()): string {
  return format(sameYear(at, now) ? 'dayMonth' : 'fullDate', at)
}

/** For a row of the chat list: the time today, the weekday within a week, else the date. */
export function briefly(at: number, now = Date.now()): string {
  const days = daysAgo(at, now)
  if (days === 0) return timeOf(at)
  return format(days > 0 && days < 7 ? 'weekday' : 'shortDate', at)
}

/** In a sentence, as after "last seen": "at 15:04", "yesterday at 15:04", "4 March at 15:04". */
export function lately(at: number, now = Date.now()): string {
  const days = daysAgo(at, now)
  if (days === 0) return text.when.today(timeOf(at))
  if (days === 1) return text.when.yesterday(timeOf(at))
  return text.when.day(dateOf(at, now), timeOf(at))
}

/** On its own, as in a list or after "until": "15:04" today, else "4 March, 15:04". */
export function moment(at: number, now = Date.now()): string {
  return daysAgo(at, now) === 0 ? timeOf(at) : `${dayOf(at, now)}, ${timeOf(at)}`
}

/** "2 hours ago", "yesterday", "in 3 days"; "just now" within the last minute, "in 20 seconds" within the next. */
export function ago(at: number, now = Date.now()): string {
  const ms = at - now
  const [unit, unitMs] = units.find(([, each]) => Math.abs(ms) >= each) ?? ['second', secondMs]
  if (unit === 'second' && ms < secondMs) return text.when.now
  const format = new Intl.RelativeTimeFormat(localeTag(), { numeric: 'auto' })
  // What is to come is rounded up: before that it has not come.
  return format.format(ms > 0 ? Math.ceil(ms / unitMs) : Math.trunc(ms / unitMs), unit)
}

function format(shape: keyof typeof shapes, at: number): string {
  const tag = localeTag()
  const key = `${tag} ${shape}`
  const found = made.get(key) ?? new Intl.DateTimeFormat(tag, shapes[shape])
  made.set(key, found)
  return found.format(at)
}

/** The language of the page, as it is written where the person lives: `en-GB` where the browser says so. */
function localeTag(): string {
  const { lang } = text
  return navigator.languages.find(tag => tag.toLowerCase().startsWith(`${lang}-`)) ?? lang
}

function daysAgo(at: number, now: number): number {
  return Math.round(
    (new Date(now).setHours(0, 0, 0, 0) - new Date(at).setHours(0, 0, 0, 0)) / dayMs,
  )
}

function sameYear(a: number, b: number): boolean {
  return new Date(a).getFullYear() === new Date(b).getFullYear()
}
