// Of what happened in a chat: lines between the messages, and the last line of a chat in the list.

import type { Text } from '../en/index.ts'
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

export const service: Text['service'] = {
  and: (names, others) =>
    listed(
      others > 0 ? [...names, `ещё ${count(others, 'человек', 'человека', 'человек')}`] : names,
    ),
  span,
  created: (who, title) => `${who} создал(а) «${title}»`,
  added: (who, whom) => `${who} добавил(а): ${whom}`,
  accepted: (who, whom) => `${who} принял(а) заявку: ${whom}`,
  removed: (who, whom) => `${who} удалил(а): ${whom}`,
  joined: who => `${who} теперь в чате`,
  left: who => `${who} больше не в чате`,
  owner: whom => `Новый владелец: ${whom}`,
  title: (who, title) => `${who} изменил(а) название на «${title}»`,
  about: who => `${who} изменил(а) описание`,
  pinned: who => `${who} закрепил(а) сообщение`,
  autoDelete: (who, s) =>
    s === 0
      ? `${who}: новые сообщения хранятся всегда`
      : `${who}: новые сообщения удаляются через ${span(s)}`,
  warning: why => `Предупреждение от администрации сервера: ${why}`,
  poll: question => `Опрос: ${question}`,
  quiz: question => `Викторина: ${question}`,
}
