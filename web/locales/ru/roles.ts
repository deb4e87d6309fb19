// Names of roles.

import type { Text } from '../en/index.ts'

export const roles: Text['roles'] = {
  owner: 'Владелец',
  admin: 'Администратор',
  member: 'Участник',
  restricted: 'Ограничен',
  banned: 'Заблокирован',
  left: 'Вне чата',
}
