// Of a conversation.

import type { Text } from '../en/index.ts'
import { count, form } from './count.ts'

export const conversation: Text['conversation'] = {
  pick: 'Выберите чат, чтобы начать читать.',
  gone: 'Этот чат недоступен.',
  log: title => `Сообщения: ${title}`,
  empty: 'Сообщений здесь пока нет. Напишите первое.',
  emptyChannel: 'Здесь пока ничего не опубликовано.',
  emptySaved: 'Храните здесь заметки, ссылки и черновики. Их видите только вы.',
  info: 'О чате',
  members: n => count(n, 'участник', 'участника', 'участников'),
  subscribers: n => count(n, 'подписчик', 'подписчика', 'подписчиков'),
  onlyYou: 'только вы',
  online: 'в сети',
  membersOnline: (members, online) => `${members}, ${online} в сети`,
  offline: 'не в сети',
  lastSeen: when => `был(а) в сети ${when}`,
  typing: 'печатает…',
  typingOne: name => `${name} печатает…`,
  typingMany: n =>
    `${count(n, 'человек', 'человека', 'человек')} ${form(n, 'печатает', 'печатают', 'печатают')}…`,
  today: 'Сегодня',
  yesterday: 'Вчера',
  unreadBelow: 'Непрочитанные сообщения',
  toBottom: 'К последнему сообщению',
  toBottomUnread: n =>
    `К последнему сообщению, ${count(n, 'непрочитанное', 'непрочитанных', 'непрочитанных')}`,
  toMention: n =>
    n === 1 ? 'К упоминанию' : `К первому из ${count(n, 'упоминания', 'упоминаний', 'упоминаний')}`,
  wayBack: 'Назад, где вы были',
  toDate: 'К другой дате',
  announced: (name, words) => `${name}: ${words}`,
  placeholder: 'Написать сообщение',
  send: 'Отправить',
  saveEdit: 'Сохранить изменение',
  readOnly: 'Писать здесь могут только администраторы.',
  replyingToYou: 'Ответ себе',
  replyingTo: name => `Ответ: ${name}`,
  editing: 'Изменение сообщения',
  stopReply: 'Не отвечать',
  stopEdit: 'Не изменять',
  tooLong: over => `Длиннее на ${count(over, 'символ', 'символа', 'символов')}`,
  goToOriginal: 'К исходному сообщению',
  original: 'Более раннее сообщение',
}
