// Of the developer panel.

import type { Text } from '../en/index.ts'

export const dev: Text['dev'] = {
  title: 'Панель разработчика',
  state: 'Соединение',
  latency: 'Туда и обратно',
  ms: ms => `${ms} мс`,
  none: 'нет',
  outbox: 'Сообщений в очереди',
  connections: 'Установлено соединений',
  gaps: 'Замечено пропусков',
  diffs: 'Запрошено разностей',
  duplicates: 'Отброшено повторов',
  badFrames: 'Непонятых кадров',
  lost: 'Потеряно нарочно',
  drop: 'Разорвать соединение',
  lose: 'Потерять следующий кадр',
  positions: 'Позиции',
  chat: 'Чат',
}
