// Of the dialogs over a conversation.

import type { Text } from '../en/index.ts'
import { count } from './count.ts'

export const panels: Text['panels'] = {
  forwardTitle: n =>
    n === 1
      ? 'Переслать сообщение'
      : `Переслать ${count(n, 'сообщение', 'сообщения', 'сообщений')}`,
  findChat: 'Найти чат',
  noChat: 'Нет такого чата, куда вы можете писать.',
  hideAuthor: 'Не указывать, откуда переслано',
  silent: 'Без звука',
  comment: 'Добавить комментарий',
  forwardTo: n => (n < 2 ? 'Переслать' : `Переслать в ${count(n, 'чат', 'чата', 'чатов')}`),
  notForwarded: (titles, why) => `Не переслано (${titles}): ${why}`,
  pinTitle: 'Закрепить это сообщение?',
  pinNotify: 'Сообщить всем',
  pinButton: 'Закрепить',
  pins: 'Закреплённые сообщения',
  noPins: 'Здесь ничего не закреплено.',
  readers: 'Кто прочитал',
  noReaders: 'Пока никто не прочитал.',
  readAt: when => `прочитано ${when}`,
  reactors: 'Кто отреагировал',
  all: 'Все',
  more: 'Показать ещё',
  voters: 'Голоса',
  date: 'Перейти к дате',
  previousMonth: 'Предыдущий месяц',
  nextMonth: 'Следующий месяц',
  noneSince: 'С этого дня сообщений нет.',
  comments: 'Комментарии',
  noComments: 'Комментариев пока нет. Оставьте первый.',
  joinDiscussion: 'Вступите в обсуждение, чтобы комментировать',
  openGroup: 'Открыть группу обсуждения',
  comment1: 'Написать комментарий',
  older: 'Более ранние комментарии',
  link: 'Ссылка',
  writeTo: 'Написать сообщение',
  me: 'Это вы.',
}
