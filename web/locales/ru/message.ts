// Of a message and its menu.

import type { Text } from '../en/index.ts'
import { count } from './count.ts'

const short = new Intl.NumberFormat('ru', { notation: 'compact', maximumFractionDigits: 1 })

export const message: Text['message'] = {
  menu: 'Меню сообщения',
  reply: 'Ответить',
  quote: 'Цитировать выделенное',
  copy: 'Копировать текст',
  copyLink: 'Копировать ссылку',
  copyCode: 'Копировать код',
  copied: 'Скопировано',
  edit: 'Изменить',
  forward: 'Переслать',
  pin: 'Закрепить',
  unpin: 'Открепить',
  select: 'Выбрать',
  selected: 'Выбрано',
  linkTitle: 'Перейти по ссылке?',
  linkSure: host => `В тексте ссылки указан другой адрес. На самом деле она ведёт на ${host}.`,
  linkOpen: 'Открыть',
  readers: 'Кто прочитал',
  reactors: 'Кто отреагировал',
  report: 'Пожаловаться',
  remove: 'Удалить',
  removeTitle: n =>
    n === 1
      ? 'Удалить это сообщение?'
      : `Удалить ${count(n, 'сообщение', 'сообщения', 'сообщений')}?`,
  removeSure: 'Оно исчезнет со всех ваших устройств.',
  removeGone: 'Оно исчезнет навсегда.',
  removeForAll: 'Удалить у всех',
  removeForBoth: 'Удалить у нас обоих',
  removeButton: 'Удалить',
  retry: 'Попробовать снова',
  discard: 'Убрать',
  edited: 'изменено',
  deleted: 'Это сообщение удалено',
  pinned: 'Закреплено',
  expires: when => `Удалится ${when}`,
  views: n => count(n, 'просмотр', 'просмотра', 'просмотров'),
  viewsShort: n => short.format(n),
  comments: n =>
    n === 0 ? 'Оставить комментарий' : count(n, 'комментарий', 'комментария', 'комментариев'),
  forwardedFrom: who => `Переслано от: ${who}`,
  profile: 'Показать профиль',
  theChannel: 'Канал',
  react: 'Отреагировать',
  reactWith: emoji => `Отреагировать: ${emoji}`,
  moreReactions: 'Другие реакции',
  reactions: 'Реакции',
  reaction: (emoji, n) => `${emoji}, ${n}`,
  states: {
    sending: 'Отправляется',
    sent: 'Отправлено',
    delivered: 'Доставлено',
    read: 'Прочитано',
    failed: 'Не отправлено',
  },
  spoiler: 'Скрытый текст; нажмите, чтобы показать',
}
