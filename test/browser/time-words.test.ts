// Times in words: what is today and what yesterday, over the ends of days of 23 and 25 hours and of years, in each language.

import t from 'tap'
import { en } from '../../web/locales/en/index.ts'
import { ru } from '../../web/locales/ru/index.ts'
import {
  ago,
  briefly,
  dayOf,
  exactly,
  lately,
  moment,
  tagOf,
  timeOf,
} from '../../web/state/time-words.ts'

/** Here 8 March 2026 has 23 hours and 1 November 25. */
process.env.TZ = 'America/New_York'

const british = { tag: 'en-GB', text: en }
const american = { tag: 'en', text: en }
const russian = { tag: 'ru', text: ru }
const secondMs = 1_000
const minuteMs = 60 * secondMs
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

const at = (year: number, month: number, day: number, hour = 0, minute = 0) =>
  new Date(year, month - 1, day, hour, minute).getTime()
/** A Monday; the day before it had 23 hours. */
const noon = at(2026, 3, 9, 12)

t.test('the zone is the one that the tests are about', async t => {
  t.equal(at(2026, 3, 9) - at(2026, 3, 8), 23 * hourMs)
  t.equal(at(2026, 11, 2) - at(2026, 11, 1), 25 * hourMs)
})

t.test('a day ends at midnight, not after 24 hours', async t => {
  const midnight = at(2026, 3, 9)
  t.equal(dayOf(british, midnight, midnight), 'Today')
  t.equal(dayOf(british, midnight - 1, midnight), 'Yesterday')
  t.equal(dayOf(british, midnight, midnight + dayMs - 1), 'Today')
  t.equal(dayOf(british, midnight, midnight + dayMs), 'Yesterday')
})

t.test('days of 23 and of 25 hours are days', async t => {
  t.equal(dayOf(british, at(2026, 3, 8), at(2026, 3, 9, 23, 59)), 'Yesterday')
  t.equal(dayOf(british, at(2026, 3, 7, 23, 59), at(2026, 3, 9)), '7 March')
  t.equal(dayOf(british, at(2026, 11, 1), at(2026, 11, 2, 23, 59)), 'Yesterday')
  t.equal(dayOf(british, at(2026, 11, 1), at(2026, 11, 1, 23, 59)), 'Today')
  t.equal(dayOf(british, at(2026, 10, 31, 23, 59), at(2026, 11, 2)), '31 October')
})

t.test('the year is said when it is another one, also of what is to come', async t => {
  t.equal(dayOf(british, at(2025, 12, 31, 23), at(2026, 1, 1)), 'Yesterday')
  t.equal(dayOf(british, at(2025, 12, 30), at(2026, 1, 1)), '30 December 2025')
  t.equal(dayOf(british, at(2026, 1, 1), at(2026, 12, 31)), '1 January')
  t.equal(dayOf(british, at(2027, 1, 1), at(2026, 12, 31)), '1 January 2027')
  t.equal(dayOf(british, at(2026, 12, 31), at(2026, 12, 30)), '31 December', 'tomorrow')
})

t.test('dates are written as in the language and where it is spoken', async t => {
  const day = at(2026, 2, 4, 15, 4)
  t.equal(dayOf(american, day, noon), 'February 4')
  t.equal(dayOf(russian, day, noon), '4 февраля')
  t.match(dayOf(russian, at(2025, 2, 4), noon), /^4 февраля 2025\s+г\.$/)
  t.equal(briefly(british, day, noon), '04/02/26')
  t.equal(briefly(american, day, noon), '02/04/26')
  t.equal(briefly(russian, day, noon), '04.02.26')
  t.match(exactly(british, day), /^Wednesday,? 4 February 2026.*\s15:04:00$/)
  t.match(exactly(russian, day), /^среда, 4 февраля 2026\s+г\..*\s15:04:00$/)
})

t.test('the hours go from 0 to 23 in every language', async t => {
  for (const tongue of [british, american, russian]) {
    t.equal(timeOf(tongue, at(2026, 3, 9, 0, 5)), '00:05', tongue.tag)
    t.equal(timeOf(tongue, at(2026, 3, 9, 15, 4)), '15:04', tongue.tag)
  }
})

t.test('a row says the time today, the weekday within a week, else the date', async t => {
  t.equal(briefly(british, at(2026, 3, 9, 0, 5), noon), '00:05')
  t.equal(briefly(british, at(2026, 3, 8, 23, 59), noon), 'Sun')
  t.equal(briefly(russian, at(2026, 3, 8, 23, 59), noon), 'вс')
  t.equal(briefly(british, at(2026, 3, 3), noon), 'Tue', 'six days ago')
  t.equal(briefly(british, at(2026, 3, 2, 23, 59), noon), '02/03/26', 'not the weekday of today')
  t.equal(briefly(british, at(2026, 3, 10), noon), '10/03/26', 'nor one that is to come')
})

t.test('in a sentence, and on its own', async t => {
  const times = [
    at(2026, 3, 9, 9, 30),
    at(2026, 3, 8, 23, 59),
    at(2026, 3, 4, 15, 4),
    at(2025, 3, 4, 15, 4),
  ]
  t.same(
    times.map(each => lately(british, each, noon)),
    ['at 09:30', 'yesterday at 23:59', '4 March at 15:04', '4 March 2025 at 15:04'],
  )
  t.same(
    times.map(each => lately(russian, each, noon).replace(/\s/g, ' ')),
    ['в 09:30', 'вчера в 23:59', '4 марта в 15:04', '4 марта 2025 г. в 15:04'],
  )
  t.same(
    times.map(each => moment(british, each, noon)),
    ['09:30', 'Yesterday, 23:59', '4 March, 15:04', '4 March 2025, 15:04'],
  )
  t.equal(moment(russian, at(2026, 3, 10, 8), noon), '10 марта, 08:00', 'what is to come')
})

t.test('how long ago: in whole units, and days by the calendar', async t => {
  const said = (ms: number) => ago(british, noon - ms, noon)
  const expected: [number, string][] = [
    [0, 'just now'],
    [minuteMs - 1, 'just now'],
    [minuteMs, '1 minute ago'],
    [hourMs - 1, '59 minutes ago'],
    [hourMs, '1 hour ago'],
    [dayMs - 1, '23 hours ago'],
    [dayMs, 'yesterday'],
    // Since the beginning of Sunday, which had 23 hours, 35 hours have gone by.
    [35 * hourMs, 'yesterday'],
    [35 * hourMs + 1, '2 days ago'],
    [6 * dayMs, '6 days ago'],
    [7 * dayMs, '1 week ago'],
    [14 * dayMs, '2 weeks ago'],
    [30 * dayMs - 1, '4 weeks ago'],
    [30 * dayMs, '1 month ago'],
    [60 * dayMs, '2 months ago'],
    [365 * dayMs, '1 year ago'],
    [730 * dayMs, '2 years ago'],
  ]
  for (const [ms, words] of expected) t.equal(said(ms), words, `${ms} ms`)
})

t.test('what is to come is rounded up, so that nobody comes too early', async t => {
  const said = (ms: number) => ago(british, noon + ms, noon)
  const expected: [number, string][] = [
    [secondMs - 1, 'just now'],
    [secondMs, 'in 1 second'],
    [secondMs + 1, 'in 2 seconds'],
    [minuteMs, 'in 1 minute'],
    [minuteMs + 1, 'in 2 minutes'],
    [90 * minuteMs, 'in 2 hours'],
    [dayMs, 'tomorrow'],
    [36 * hourMs - 1, 'tomorrow'],
    [36 * hourMs, 'in 2 days'],
    [8 * dayMs, 'in 2 weeks'],
  ]
  for (const [ms, words] of expected) t.equal(said(ms), words, `${ms} ms`)
})

t.test('Russian has its forms for each number', async t => {
  const said = (ms: number) => ago(russian, noon - ms, noon)
  t.same([0, minuteMs, 2 * minuteMs, 5 * minuteMs, 21 * minuteMs].map(said), [
    'только что',
    '1 минуту назад',
    '2 минуты назад',
    '5 минут назад',
    '21 минуту назад',
  ])
  t.same([dayMs, 2 * dayMs, 7 * dayMs].map(said), ['вчера', 'позавчера', '1 неделю назад'])
})

t.test('a language is taken as the browser says that it is written', async t => {
  t.equal(tagOf('en', ['ru-RU', 'en-GB', 'en-US']), 'en-GB')
  t.equal(tagOf('en', ['EN-nz']), 'EN-nz')
  t.equal(tagOf('ru', ['en-GB', 'en']), 'ru')
  t.equal(tagOf('en', ['enm-GB', 'en']), 'en', 'another language may begin alike')
  t.equal(tagOf('en', []), 'en')
})
