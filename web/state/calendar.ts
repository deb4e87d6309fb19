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
  const first = new Date(month)
  first.setDate(1)
  first.setHours(0, 0, 0, 0)
  const lead = (first.getDay() - (firstDay % 7) + 7) % 7
  const weeks: Day[][] = []
  const day = new Date(first)
  day.setDate(1 - lead)
  do {
    weeks.push(
      Array.from({ length: 7 }, () => {
        const each = {
          at: day.getTime(),
          day: day.getDate(),
          inMonth: day.getMonth() === first.getMonth(),
        }
        day.setDate(day.getDate() + 1)
        return each
      }),
    )
  } while (day.getMonth() === first.getMonth())
  return weeks
}

/** The first day of a week where this language is spoken: 1 is Monday, 7 is Sunday. */
export function firstDayOf(lang: string): number {
  const locale = new Intl.Locale(lang) as Intl.Locale & {
    getWeekInfo?(): { firstDay: number }
    weekInfo?: { firstDay: number }
  }
  return (locale.getWeekInfo?.() ?? locale.weekInfo)?.firstDay ?? 1
}

/** The same day of another month, or its last day. */
export function otherMonth(at: number, months: number): number {
  const date = new Date(at)
  date.setDate(1)
  date.setMonth(date.getMonth() + months)
  return date.getTime()
}
