// Of the dialogs that begin chats, and of the pages of invite links and public names.

import type { Text } from '../en/index.ts'
import { count } from './count.ts'

const members = (n: number) => count(n, 'участник', 'участника', 'участников')
const subscribers = (n: number) => count(n, 'подписчик', 'подписчика', 'подписчиков')

export const dialogs: Text['dialogs'] = {
  title: 'Название',
  about: 'Описание',
  optional: 'необязательно',
  people: 'Участники',
  remove: name => `Убрать: ${name}`,
  createGroup: 'Создать группу',
  createChannel: 'Создать канал',
  channelHint: 'В канал пишете только вы и его администраторы, остальные читают.',
  refusedTitle: 'Некоторые люди решают сами',
  refused: names =>
    `${names}: вы не можете добавить этих людей. Отправьте им ссылку-приглашение, и они вступят, если захотят.`,
  makeLink: 'Создать ссылку',
  openChat: 'Открыть чат',
  access: 'Кто может вступить',
  private: 'Закрытый: по ссылке-приглашению или по решению администратора',
  public: 'Открытый: любой найдёт его по имени',
  publicName: 'Публичное имя',
  publicNameHint: 'Латинские буквы, цифры и _, первой идёт буква; от 3 до 32 символов.',
  nameFree: 'Имя свободно.',
  nameTaken: 'Имя занято.',
  nameBad: 'Такое имя невозможно.',
  signatures: 'Подписывать публикации именем автора',
  signaturesHint:
    'Без подписи автором всех публикаций считается сам канал, и никто не узнает, кто их написал.',
  link: 'Ссылка-приглашение или публичное имя',
  linkHint: 'Вставьте ссылку, которую вам дали, или имя с @.',
  badLink: 'Это не похоже на ссылку-приглашение.',
  look: 'Проверить',
  joinTitle: title => `Вступить в «${title}»?`,
  join: 'Вступить',
  askToJoin: 'Подать заявку',
  openIt: 'Открыть',
  alreadyIn: 'Вы уже участник.',
  needsAnswer: 'Каждую заявку рассматривают администраторы.',
  requested: 'Заявка отправлена. Если администраторы её примут, чат появится в вашем списке.',
  groupOf: n => `Группа, ${members(n)}`,
  channelOf: n => `Канал, ${subscribers(n)}`,
  lastPosts: 'Последние публикации',
  invited: 'Вас пригласили в чат. Войдите или создайте аккаунт, чтобы увидеть его и вступить.',
  named: name => `Войдите или создайте аккаунт, чтобы увидеть @${name}.`,
}
