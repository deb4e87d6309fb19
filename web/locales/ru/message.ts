// Of a message and its menu.

import type { Text } from '../en/index.ts'

export const message: Text['message'] = {
  menu: 'Меню сообщения',
  reply: 'Ответить',
  copy: 'Копировать текст',
  edit: 'Изменить',
  remove: 'Удалить у всех',
  retry: 'Попробовать снова',
  discard: 'Убрать',
  edited: 'изменено',
  deleted: 'Это сообщение удалено',
  states: {
    sending: 'Отправляется',
    sent: 'Отправлено',
    delivered: 'Доставлено',
    read: 'Прочитано',
    failed: 'Не отправлено',
  },
  spoiler: 'Скрытый текст; нажмите, чтобы показать',
}
