// Of the figures of a channel.

import { count } from './count.ts'

const number = (n: number) => n.toLocaleString('en')

export const stats = {
  span: 'Time',
  spanHint: 'Days of UTC, today as far as it has come.',
  days: (n: number) => `Last ${count(n, 'day', 'days')}`,
  members: 'Subscribers',
  joined: 'Joined',
  left: 'Left',
  posts: 'Posts',
  views: 'Views',
  most: (n: number) => `at most ${number(n)}`,
  numbers: 'Show the numbers',
  chart: (title: string, first: number, last: number, most: number) =>
    `${title} by day: ${number(first)} at first, ${number(last)} today, at most ${number(most)}.`,
}
