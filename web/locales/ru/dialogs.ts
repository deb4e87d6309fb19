// Of the dialogs that begin chats.

import type { Text } from '../en/index.ts'
import { count } from './count.ts'

const members = (n: number) => count(n, 'участник', 'участника', 'участников')
const subscribers = (n: number) => count(n, 'подписчик', 'подписчика', 'подписчиков')

export const dialogs: Text['dialogs'] = {
  directHint: 'Введите точное имя пользователя.',
  start: 'Начать чат',
  title: 'Название',
  about: 'Описание',
  optional: 'необязательно',
  people: 'Участники',
  peopleHint: 'Добавьте людей по имени пользователя. Другие смогут присоединиться позже.',
  addPerson: 'Добавить',
  remove: name => `Убрать: ${name}`,
  createGroup: 'Создать группу',
  createChannel: 'Создать канал',
  channelHint: 'В канал пишете только вы и его администраторы, остальные читают.',
  link: 'Ссылка-приглашение',
  linkHint: 'Вставьте ссылку, которую вам дали.',
  badLink: 'Это не похоже на ссылку-приглашение.',
  look: 'Проверить',
  joinTitle: title => `Вступить в «${title}»?`,
  join: 'Вступить',
  openIt: 'Открыть',
  alreadyIn: 'Вы уже участник.',
  requested: 'Заявка отправлена. Её рассмотрят администраторы.',
  groupOf: n => `Группа, ${members(n)}`,
  channelOf: n => `Канал, ${subscribers(n)}`,
}
