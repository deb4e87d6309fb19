// What stays on this device.

import type { Text } from '../en/index.ts'

export const offline: Text['offline'] = {
  full: 'На устройстве не осталось места: сообщения хранятся, только пока открыта эта страница.',
  broken:
    'Браузер не может хранить сообщения: когда вы закроете страницу, на устройстве их не останется.',
  kept: (used, bound) => `Сообщения занимают ${used} из ${bound}.`,
  keptHint: 'Чаты, которые вы открывали, можно читать без сети.',
  drop: 'Убрать сообщения с этого устройства',
  dropHint: 'На сервере они останутся и загрузятся снова, когда вы откроете чат.',
  dropped: 'Убрано.',
  mb: n => `${n.toLocaleString('ru', { maximumFractionDigits: 1 })} МБ`,
}
