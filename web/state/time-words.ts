// Times as people read them, in the zone of the browser. Pure but for that: state/when.ts says them in the language of the page.

import type { Text } from '../locales/en/index.ts'

export interface Tongue {
  /** The language as it is written where the person lives: `en-GB` where the browser says so. */
  tag: string
  text: Pick<Text, 'conversation' | 'when'>
}

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

export const timeOf = ({ tag }: Tongue, at: number) => format('time', tag, at)
export const exactly = ({ tag }: Tongue, at: number) => format('exact', tag, at)

/** The first of these tags that is of this language, else the language alone. @param preferred as `navigator.languages` */
export function tagOf(lang: string, preferred: readonly string[]): string {
  return preferred.find(tag => tag.toLowerCase().startsWith(`${lang}-`)) ?? lang
}

/** "Today", "Yesterday", "4 March", or with the year when it is another one. */
export function dayOf(tongue: Tongue, at: number, now: number): string {
  const days = daysAgo(at, now)
  if (days === 0) return tongue.text.conversation.today
  if (days === 1) return tongue.text.conversation.yesterday
  return dateOf(tongue, at, now)
}

/** "4 March", or with the year when it is another one. */
function dateOf({ tag }: Tongue, at: number, now: number): string {
  return format(sameYear(at, now) ? 'dayMonth' : 'fullDate', tag, at)
}

/** For a row of the chat list: the time today, the weekday within a week, else the date. */
export function briefly(tongue: Tongue, at: number, now: number): string {
  const days = daysAgo(at, now)
  if (days === 0) return timeOf(tongue, at)
  return format(days > 0 && days < 7 ? 'weekday' : 'shortDate', tongue.tag, at)
}

/** In a sentence, as after "last seen": "at 15:04", "yesterday at 15:04", "4 March at 15:04". */
export function lately(tongue: Tongue, at: number, now: number): string {
  const { when } = tongue.text
  const days = daysAgo(at, now)
  if (days === 0) return when.today(timeOf(tongue, at))
  if (days === 1) return when.yesterday(timeOf(tongue, at))
  return when.day(dateOf(tongue, at, now), timeOf(tongue, at))
}

/** On its own, as in a list or after "until": "15:04" today, else "4 March, 15:04". */
export function moment(tongue: Tongue, at: number, now: number): string {
  const time = timeOf(tongue, at)
  return daysAgo(at, now) === 0 ? time : `${dayOf(tongue, at, now)}, ${time}`
}

/** "2 hours ago", "yesterday", "in 3 days"; "just now" within the last minute, "in 20 seconds" within the next. */
export function ago({ tag, text }: Tongue, at: number, now: number): string {
  const ms = at - now
  const [unit, unitMs] = units.find(([, each]) => Math.abs(ms) >= each) ?? ['second', secondMs]
  if (unit === 'second' && ms < secondMs) return text.when.now
  // Days are those of the calendar: 40 hours ago may be the day before yesterday. Of larger units "last month" would be
  // said of what is of this one.
  if (unit === 'day') {
    const days = new Intl.RelativeTimeFormat(tag, { numeric: 'auto' })
    return days.format(-daysAgo(at, now), unit)
  }
  // What is to come is rounded up: before that it has not come.
  const count = ms > 0 ? Math.ceil(ms / unitMs) : Math.trunc(ms / unitMs)
  return new Intl.RelativeTimeFormat(tag).format(count, unit)
}

function format(shape: keyof typeof shapes, tag: string, at: number): string {
  const key = `${tag} ${shape}`
  const found = made.get(key) ?? new Intl.DateTimeFormat(tag, shapes[shape])
  made.set(key, found)
  return found.format(at)
}

function daysAgo(at: number, now: number): number {
  return Math.round(
    (new Date(now).setHours(0, 0, 0, 0) - new Date(at).setHours(0, 0, 0, 0)) / dayMs,
  )
}

function sameYear(a: number, b: number): boolean {
  return new Date(a).getFullYear() === new Date(b).getFullYear()
}
