// Of invite links and of those who ask to be let in.

import type { Text } from '../en/index.ts'
import { count } from './count.ts'

export const invites: Text['invites'] = {
  none: 'Ссылок пока нет. По ссылке может вступить любой, пока её не отозвали.',
  detailed: 'Ссылка со сроком, числом вступлений или заявками…',
  name: 'Название ссылки',
  nameHint: 'Его видят только те, кто управляет чатом.',
  ends: 'Срок действия',
  endsHint: 'После этого по ссылке никто не вступит.',
  never: 'Без срока',
  after: span => `На ${span}`,
  usesMax: 'Сколько человек могут вступить',
  usesOf: (n, most) => `вступили ${n.toLocaleString('ru')} из ${most.toLocaleString('ru')}`,
  endsAt: when => `действует до: ${when}`,
  approval: 'Вступление по заявке',
  approvalHint: 'Каждую заявку рассматривают те, кто управляет чатом.',
  byApproval: 'по заявке',
  expired: 'истекла',
  usedUp: 'исчерпана',
  revokeSure: name =>
    name === ''
      ? 'Отозвать эту ссылку? По ней больше никто не вступит.'
      : `Отозвать «${name}»? По этой ссылке больше никто не вступит.`,
  waiting: n =>
    n === 0 ? 'Заявок нет.' : `Ждут решения: ${count(n, 'заявка', 'заявки', 'заявок')}.`,
  acceptAll: 'Принять все',
  declineAll: 'Отклонить все',
  declineAllSure: n =>
    `Отклонить ${count(n, 'заявку', 'заявки', 'заявок')}? Подать их снова можно будет через час.`,
  acceptOf: name => `Принять заявку: ${name}`,
  declineOf: name => `Отклонить заявку: ${name}`,
}
