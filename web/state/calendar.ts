// The days of a month as rows of a calendar. Pure.

export interface Day {
  /** When the day begins, ms since 1970. */
  at: number
  day: number
  /** Belongs to the month itself, not to the one before or after. */
  inMonth: boolean
}

/** @param month any time in the month @param firstDay of the week: 1 is Monday, 7 is Sunday @returns whole weeks */
export function weeksOf(month: number, firstDay: number): Day[][] {
  const given = new Date(month)
  const [year, index] = [given.getFullYear(), given.getMonth()]
  const lead = (new Date(year, index, 1).getDay() - (firstDay % 7) + 7) % 7
  const days = new Date(year, index + 1, 0).getDate()
  // Each day by itself: one that has no midnight, as clocks go forward then, would shift those after it.
  const dayAt = (cell: number): Day => {
    const date = new Date(year, index, 1 - lead + cell)
    return { at: date.getTime(), day: date.getDate(), inMonth: date.getMonth() === index }
  }
  return Array.from({ length: Math.ceil((lead + days) / 7) }, (_, week) =>
    Array.from({ length: 7 }, (_, weekday) => dayAt(7 * week + weekday)),
  )
}

/** The first day of a week where this language is spoken: 1 is Monday, 7 is Sunday. */
export function firstDayOf(lang: string): number {
  const locale = new Intl.Locale(lang) as Intl.Locale & {
    getWeekInfo?(): { firstDay: number }
    weekInfo?: { firstDay: number }
  }
  return (locale.getWeekInfo?.() ?? locale.weekInfo)?.firstDay ?? 1
}

/** When another month begins. @param at any time in this one */
export function otherMonth(at: number, months: number): number {
  const given = new Date(at)
  return new Date(given.getFullYear(), given.getMonth() + months, 1).getTime()
}
