// Of the figures of a channel.

import type { Text } from '../en/index.ts'
import { count } from './count.ts'

const number = (n: number) => n.toLocaleString('ru')

export const stats: Text['stats'] = {
  span: 'Период',
  spanHint: 'Сутки считаются по UTC, сегодняшние ещё не закончились.',
  days: n => `За ${count(n, 'день', 'дня', 'дней')}`,
  members: 'Подписчики',
  joined: 'Вступили',
  left: 'Ушли',
  posts: 'Публикации',
  views: 'Просмотры',
  most: n => `максимум ${number(n)}`,
  numbers: 'Показать числа',
  chart: (title, first, last, most) =>
    `${title} по дням: сначала ${number(first)}, сегодня ${number(last)}, максимум ${number(most)}.`,
}
