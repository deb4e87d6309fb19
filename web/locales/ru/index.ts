// Every visible sentence of the page in Russian, a file for each part of the page. Loaded when this language is chosen.

import type { Text } from '../en/index.ts'
import { adminLog } from './admin-log.ts'
import { bars } from './bars.ts'
import { chats } from './chats.ts'
import { composer } from './composer.ts'
import { connection } from './connection.ts'
import { conversation } from './conversation.ts'
import { dev } from './dev.ts'
import { dialogs } from './dialogs.ts'
import { errors } from './errors.ts'
import { failures } from './failures.ts'
import { first } from './first.ts'
import { info } from './info.ts'
import { invites } from './invites.ts'
import { members } from './members.ts'
import { message } from './message.ts'
import { notifications } from './notifications.ts'
import { offline } from './offline.ts'
import { panels } from './panels.ts'
import { people } from './people.ts'
import { polls } from './polls.ts'
import { roles } from './roles.ts'
import { search } from './search.ts'
import { service } from './service.ts'
import { settings } from './settings.ts'
import { shell } from './shell.ts'
import { stats } from './stats.ts'
import { when } from './when.ts'

export const ru: Text = {
  lang: 'ru',
  dir: 'ltr',
  app: 'Petrel',
  tagline: 'Тихий мессенджер, который хранит каждое слово.',
  loading: 'Загрузка…',
  cancel: 'Отмена',
  close: 'Закрыть',
  back: 'Назад к чатам',
  save: 'Сохранить',
  again: 'Попробовать снова',
  dismiss: 'Скрыть',
  crashed: 'На странице что-то сломалось. Ваши сообщения в безопасности на сервере.',
  reload: 'Обновить страницу',

  first,
  connection,
  chats,
  dialogs,
  conversation,
  polls,
  offline,
  panels,
  composer,
  bars,
  message,
  notifications,
  info,
  people,
  roles,
  search,
  service,
  stats,
  members,
  invites,
  adminLog,
  errors,
  settings,
  failures,
  shell,
  dev,
  when,
}
