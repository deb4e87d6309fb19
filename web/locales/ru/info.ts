// Of the panel beside a conversation.

import type { Text } from '../en/index.ts'
import { count } from './count.ts'

export const info: Text['info'] = {
  title: {
    direct: 'Профиль',
    group: 'О группе',
    channel: 'О канале',
    saved: 'Избранное',
  },
  username: 'Имя пользователя',
  members: 'Участники',
  moreMembers: 'Показать ещё',
  add: 'Добавить по имени пользователя',
  addButton: 'Добавить',
  notAdded: 'Этот человек уже здесь, или его нельзя добавить.',
  makeAdmin: 'Сделать администратором',
  dropAdmin: 'Снять с администраторов',
  remove: 'Удалить из чата',
  memberMenu: name => `Действия: ${name}`,
  leave: 'Выйти',
  leaveSure: 'Выйти из этого чата? Вы больше не будете получать его сообщения.',
  invites: 'Ссылки-приглашения',
  createInvite: 'Создать ссылку-приглашение',
  newLink: 'Новая ссылка: скопируйте её сейчас, она показывается один раз.',
  copy: 'Копировать',
  copied: 'Скопировано',
  revoke: 'Отозвать',
  revoked: 'отозвана',
  uses: n =>
    n === 0 ? 'ещё не использована' : `использована ${count(n, 'раз', 'раза', 'раз')}`,
  inviteBy: (name, when) => `Создана: ${name}, ${when}`,
  edit: 'Изменить',
}
