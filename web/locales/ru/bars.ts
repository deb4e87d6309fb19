// Of the bars above and below the messages.

import type { Text } from '../en/index.ts'
import { count, form } from './count.ts'

export const bars: Text['bars'] = {
  pinned: (n, of) => (of === 1 ? 'Закреплённое сообщение' : `Закреплённое сообщение ${n} из ${of}`),
  allPins: 'Все закреплённые сообщения',
  selected: n =>
    `${form(n, 'Выбрано', 'Выбраны', 'Выбрано')} ${count(n, 'сообщение', 'сообщения', 'сообщений')}`,
  selectedMax: n => `Можно выбрать не больше ${n} сообщений.`,
  stopSelecting: 'Отменить выбор',
  blocked: 'Вы заблокировали этого человека.',
  unblock: 'Разблокировать',
  accountGone: 'Этот аккаунт удалён.',
  quiet: 'Здесь нельзя писать, пока собеседник не ответит.',
  restricted: 'Вам нельзя писать здесь.',
  restrictedUntil: when => `Вы снова сможете писать здесь ${when}.`,
  mute: 'Выключить уведомления',
  unmute: 'Включить уведомления',
  request: 'Запрос на переписку',
  requestOf: name =>
    `${name} хочет вам написать. Этот человек не видит, прочитали ли вы сообщение.`,
  accept: 'Принять',
  decline: 'Отклонить',
  block: 'Заблокировать',
  blockTitle: name => `Заблокировать: ${name}?`,
  blockSure: 'Этот человек больше не сможет вам писать, и чат исчезнет.',
  alsoReport: 'Также пожаловаться на спам',
}
