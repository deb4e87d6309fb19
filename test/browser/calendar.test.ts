// The calendar's days: whole weeks of each month, each day from where it begins, also where a day has no midnight.

import t from 'tap'
import { firstDayOf, otherMonth, weeksOf } from '../../web/state/calendar.ts'

/** Where clocks go forward at midnight: 24 April 2026 begins at one. */
process.env.TZ = 'Africa/Cairo'
const monday = 1
const sunday = 7

const at = (year: number, month: number, day: number, hour = 0) =>
  new Date(year, month - 1, day, hour).getTime()
const daysOf = (weeks: ReturnType<typeof weeksOf>) => weeks.flat()

t.test('the zone is the one that the tests are about', async t => {
  t.equal(new Date(2026, 3, 24).getHours(), 1, 'that day has no midnight')
})

t.test('a month is shown in whole weeks, from the first day of the week on', async t => {
  const march = weeksOf(at(2026, 3, 17, 15), monday)
  t.same(
    march.map(week => week.map(({ day }) => day)),
    [
      [23, 24, 25, 26, 27, 28, 1],
      [2, 3, 4, 5, 6, 7, 8],
      [9, 10, 11, 12, 13, 14, 15],
      [16, 17, 18, 19, 20, 21, 22],
      [23, 24, 25, 26, 27, 28, 29],
      [30, 31, 1, 2, 3, 4, 5],
    ],
  )
  t.same(
    daysOf(march).flatMap(({ day, inMonth }) => (inMonth ? day : [])),
    Array.from({ length: 31 }, (_, index) => index + 1),
  )
  t.same(
    weeksOf(at(2026, 3, 1), sunday).map(week => week[0]?.day),
    [1, 8, 15, 22, 29],
    'one that begins on a Sunday needs no week before',
  )
})

t.test('every month of years, for every first day of the week, holds each day once', async t => {
  for (let month = 0; month < 48; month++) {
    for (let firstDay = monday; firstDay <= sunday; firstDay++) {
      const given = at(2024, 1 + month, 28, 23)
      const weeks = weeksOf(given, firstDay)
      const days = daysOf(weeks)
      const own = days.filter(({ inMonth }) => inMonth)
      const last = new Date(2024, month + 1, 0).getDate()
      t.equal(own.length, last, `${new Date(given).toDateString()}, ${firstDay}`)
      t.ok(weeks.length >= 4 && weeks.length <= 6)
      const starts = days.map(day => new Date(day.at).setHours(0, 0, 0, 0))
      t.same(
        days.map(day => day.at),
        starts,
        'each at its beginning',
      )
      t.ok(
        weeks.every(week => new Date(week[0]?.at ?? 0).getDay() === firstDay % 7),
        'weeks begin with that day',
      )
      t.ok(weeks[0]?.some(({ inMonth }) => inMonth))
      t.ok(weeks.at(-1)?.some(({ inMonth }) => inMonth))
    }
  }
})

t.test('February of 28 days that begins with the week has four weeks', async t => {
  const weeks = weeksOf(at(2027, 2, 9), monday)
  t.equal(weeks.length, 4)
  t.ok(daysOf(weeks).every(({ inMonth }) => inMonth))
})

t.test('days after one without a midnight begin at midnight again', async t => {
  const hours = daysOf(weeksOf(at(2026, 4, 2), monday)).map(day => new Date(day.at).getHours())
  t.same(
    hours.filter(hour => hour !== 0),
    [1],
  )
})

t.test(
  'another month is named by its beginning, over the ends of years and of long months',
  async t => {
    t.equal(otherMonth(at(2026, 1, 31, 23), 1), at(2026, 2, 1))
    t.equal(otherMonth(at(2026, 3, 31), -1), at(2026, 2, 1))
    t.equal(otherMonth(at(2026, 12, 5), 1), at(2027, 1, 1))
    t.equal(otherMonth(at(2026, 1, 5), -1), at(2025, 12, 1))
    t.equal(otherMonth(at(2026, 4, 24), 1), at(2026, 5, 1), 'from a day that begins at one')
  },
)

t.test('weeks begin where the language is spoken as people there are used to', async t => {
  t.same(['en', 'en-GB', 'ru', 'ar-EG'].map(firstDayOf), [sunday, monday, monday, 6])
})
