// Every visible sentence of the page in English, a file for each part of the page. Another language is one more folder of
// the type `Text`.

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

export const en = {
  lang: 'en',
  dir: 'ltr' as 'ltr' | 'rtl',
  app: 'Petrel',
  tagline: 'A quiet messenger that keeps every word.',
  loading: 'Loading…',
  cancel: 'Cancel',
  close: 'Close',
  back: 'Back to the chats',
  save: 'Save',
  again: 'Try again',
  dismiss: 'Dismiss',
  crashed: 'Something on this page broke. Your messages are safe on the server.',
  reload: 'Reload the page',

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

export type Text = typeof en
