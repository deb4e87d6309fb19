// Of a refusal that says more than its code: how long to wait, which field is wrong.

import type { Text } from '../en/index.ts'

export const failures: Text['failures'] = {
  wait: time => `Слишком часто. Можно будет продолжить ${time}.`,
  fields: names => `Так сохранить нельзя: ${names}. Проверьте, что введено.`,
  field: {
    name: 'имя',
    username: 'имя пользователя',
    about: 'раздел «О себе»',
    password: 'пароль',
    current: 'текущий пароль',
    next: 'новый пароль',
  },
}
