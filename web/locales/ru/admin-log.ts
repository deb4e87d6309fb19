// Of the log of what those who run a chat did. Each sentence follows the name of who did it.

import type { Text } from '../en/index.ts'
import { count } from './count.ts'

const until = (when: string | null) => (when === null ? 'навсегда' : `до: ${when}`)
const change = (was: string, now: string) => `${was} → ${now}`
const messages = (n: number) => count(n, 'сообщение', 'сообщения', 'сообщений')
const both = (given: string, taken: string) =>
  [given && `Теперь можно: ${given}`, taken && `Больше нельзя: ${taken}`].filter(Boolean).join('. ')

export const adminLog: Text['adminLog'] = {
  hint: 'Действия тех, кто управляет чатом, за последние 30 дней.',
  none: 'За последние 30 дней ничего не происходило.',
  noneSuch: 'Под эти фильтры ничего не подходит.',
  more: 'Показать более ранние',
  by: 'Кто',
  byAll: 'Все',
  what: 'Что',
  kinds: {
    all: 'Все действия',
    chat: 'Название, описание, имя',
    rules: 'Правила и общие права',
    people: 'Участники',
    roles: 'Администраторы, ограничения, блокировки',
    links: 'Ссылки и заявки',
    messages: 'Сообщения',
  },
  toMessage: 'Перейти к сообщению',
  unknown: action => `действие, которого эта страница не знает (${action})`,
  title: (was, now) => `новое название: ${change(`«${was}»`, `«${now}»`)}`,
  about: (was, now) =>
    `новое описание: ${change(was === '' ? 'нет' : `«${was}»`, now === '' ? 'нет' : `«${now}»`)}`,
  avatar: 'новое фото',
  madePublic: name => `чат стал открытым: @${name}`,
  madePrivate: was => `чат стал закрытым, прежнее имя @${was}`,
  renamed: (was, now) => `новое публичное имя: ${change(`@${was}`, `@${now}`)}`,
  rights: (given, taken) => `изменены права участников. ${both(given, taken)}`,
  rule: (name, was, now) => `изменено правило «${name}»: ${change(was, now)}`,
  ruleNames: {
    slowModeS: 'медленный режим',
    quarantineS: 'только текст от новичков',
    joinsPerMinute: 'вступлений в минуту',
    reactions: 'реакции',
  },
  off: 'выключено',
  allReactions: 'все',
  noReactions: 'никаких',
  signaturesOn: 'включены подписи авторов',
  signaturesOff: 'выключены подписи авторов',
  linked: title => `привязано обсуждение: «${title}»`,
  unlinked: 'обсуждение отвязано',
  autoDelete: (was, now) => `изменено автоудаление: ${change(was, now)}`,
  added: whom => `в чат добавлены: ${whom}`,
  removed: whom => `из чата удалены: ${whom}`,
  admin: (whom, rights) =>
    `назначение администратора: ${whom}. ${rights === '' ? 'Без собственных прав' : `Права: ${rights}`}`,
  adminRights: (whom, given, taken) =>
    `изменены права администратора: ${whom}. ${both(given, taken)}`,
  demoted: whom => `больше не администратор: ${whom}`,
  owner: whom => `новый владелец чата: ${whom}`,
  restricted: (whom, rights, when) =>
    `ограничение: ${whom}, ${until(when)}. ${rights === '' ? 'Можно только читать' : `Можно: ${rights}`}`,
  banned: (whom, when) => `блокировка: ${whom}, ${until(when)}`,
  lifted: whom => `ограничения сняты: ${whom}`,
  inviteMade: name => (name === '' ? 'создана ссылка-приглашение' : `создана ссылка «${name}»`),
  inviteRevoked: 'отозвана ссылка-приглашение',
  requestAccepted: whom => `принята заявка: ${whom}`,
  requestDeclined: whom => `отклонена заявка: ${whom}`,
  pinned: 'закреплено сообщение',
  unpinned: 'откреплено сообщение',
  deleted: n => `удалено чужих: ${messages(n)}`,
  deletedOf: (n, whom) => `удалено: ${messages(n)}, автор ${whom}`,
}
