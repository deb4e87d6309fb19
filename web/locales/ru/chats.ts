// Of the chat list.

import type { Text } from '../en/index.ts'
import { count } from './count.ts'

export const chats: Text['chats'] = {
  label: 'Чаты',
  empty: 'Чатов пока нет. Начните первый кнопкой сверху.',
  more: 'Показать ещё чаты',
  saved: 'Избранное',
  unnamed: 'Удалённый аккаунт',
  create: 'Новый чат',
  direct: 'Новый личный чат',
  group: 'Новая группа',
  channel: 'Новый канал',
  openSaved: 'Избранное',
  join: 'Войти по ссылке-приглашению',
  account: 'Аккаунт',
  signOut: 'Выйти',
  signedInAs: name => `Вы вошли как ${name}`,
  unread: n => count(n, 'непрочитанное сообщение', 'непрочитанных сообщения', 'непрочитанных сообщений'),
  online: 'в сети',
  you: 'Вы',
  noMessages: 'Сообщений пока нет',
  deleted: 'Сообщение удалено',
}
