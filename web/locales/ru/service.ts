// Of what happened in a chat: lines between the messages, and the last line of a chat in the list.

import type { Text } from '../en/index.ts'
import { chats } from './chats.ts'
import { count } from './count.ts'

const span = (s: number) => {
  if (s % 86_400 === 0) return count(s / 86_400, 'день', 'дня', 'дней')
  if (s % 3_600 === 0) return count(s / 3_600, 'час', 'часа', 'часов')
  if (s % 60 === 0) return count(s / 60, 'минуту', 'минуты', 'минут')
  return count(s, 'секунду', 'секунды', 'секунд')
}

/** "Алиса, Боб и Кэрол"; a name may hold commas of its own. */
const listed = (names: readonly string[]) =>
  [names.slice(0, -1).join(', '), ...names.slice(-1)].filter(Boolean).join(' и ')

/** "Алиса закрепил(а)", but "Вы закрепили". @param verb as it is said of him */
const did = (who: string, verb: string) =>
  who === chats.you ? `${who} ${verb}и` : `${who} ${verb}(а)`

export const service: Text['service'] = {
  and: (names, others) =>
    listed(
      others > 0 ? [...names, `ещё ${count(others, 'человек', 'человека', 'человек')}`] : names,
    ),
  span,
  created: (who, title) => `${did(who, 'создал')} «${title}»`,
  added: (who, whom) => `${did(who, 'добавил')}: ${whom}`,
  accepted: (who, whom) => `${did(who, 'принял')} заявку: ${whom}`,
  removed: (who, whom) => `${did(who, 'удалил')}: ${whom}`,
  joined: who => `${who} теперь в чате`,
  left: who => `${who} больше не в чате`,
  owner: whom => `Новый владелец: ${whom}`,
  title: (who, title) => `${did(who, 'изменил')} название на «${title}»`,
  about: who => `${did(who, 'изменил')} описание`,
  pinned: who => `${did(who, 'закрепил')} сообщение`,
  autoDelete: (who, s) =>
    s === 0
      ? `${who}: новые сообщения хранятся всегда`
      : `${who}: новые сообщения удаляются через ${span(s)}`,
  warning: why => `Предупреждение от администрации сервера: ${why}`,
  poll: question => `Опрос: ${question}`,
  quiz: question => `Викторина: ${question}`,
}
