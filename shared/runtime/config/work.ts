// Settings of what the api offers and of how much of a machine its own work may take.

import { flag, integer, origins, url } from './parsers.ts'
import { api, define, edges } from './setting.ts'

export const work = {
  demo: define({
    name: 'DEMO',
    parts: api,
    parse: flag,
    default: '0',
    doc: 'Offers entering as a demo person without a password. Refused in production.',
  }),
  webDir: define({
    name: 'WEB_DIR',
    parts: api,
    parse: (text: string) => text,
    default: '',
    doc: 'Built page to serve; empty = none.',
  }),
  bcryptCost: define({
    name: 'BCRYPT_COST',
    parts: api,
    parse: integer(4, 15),
    default: '10',
    unit: 'log2 rounds',
    doc: 'Work of one password hash: 10 takes about 60 ms of a core. Below 10 is refused in production.',
  }),
  hashWorkers: define({
    name: 'HASH_WORKERS',
    parts: api,
    parse: integer(1, 8),
    default: '2',
    unit: 'threads',
    doc: 'Threads that hash passwords, off the event loop.',
  }),
  searchMessagesPerS: define({
    name: 'SEARCH_MESSAGES_PER_S',
    parts: api,
    parse: integer(1, 1_000_000),
    default: '500',
    unit: 'messages/s',
    doc: 'How many messages a process of the api puts into the search index at most; more wait, so that storing new ones goes first.',
  }),
  linkPreviews: define({
    name: 'LINK_PREVIEWS',
    parts: edges,
    parse: flag,
    default: '0',
    doc: 'Looks up what links in messages lead to, and shows title and text of the page. The api then asks foreign servers for pages, which tells them its address and that somebody was sent the link.',
  }),
  webPush: define({
    name: 'WEB_PUSH',
    parts: api,
    parse: flag,
    default: '1',
    doc: 'Tells browsers of messages while their page is closed, through the push service of each browser, which learns when a browser is told of a message, but neither what it says nor of which chat it is. Needs VAPID_KEYS_FILE.',
  }),
  pushContact: define({
    name: 'PUSH_CONTACT',
    parts: api,
    parse: contact,
    default: 'mailto:operator@example.org',
    doc: 'Where a push service reaches whoever runs this server: a mailto: or https: address. Some push services refuse servers without a real one.',
  }),
  pushOrigins: define({
    name: 'PUSH_ORIGINS',
    parts: api,
    parse: origins,
    default: '',
    doc: 'Push services that are pushed to although they are not at public addresses by https: their exact origins, separated by commas.',
  }),
} as const

function contact(text: string): string {
  return url('a mailto: or https: address', ['mailto:', 'https:'])(text)
}
