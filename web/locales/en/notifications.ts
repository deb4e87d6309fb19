// Of notifications, their settings, and new versions of the page.

import type { Trouble } from '../../state/push-trouble.ts'

const troubles: Record<Trouble, string> = {
  unsupported:
    'This browser has no notifications for this page. On an iPhone or iPad, add the page to the home screen first; elsewhere it has to be opened by https.',
  denied:
    'Notifications are blocked for this page. Allow them in the settings of your browser, then try again.',
  unasked: 'This browser has not been allowed to show notifications yet.',
  noWorker:
    'The part of the page that shows notifications does not run here. Reload the page; private windows often forbid it.',
  off: 'This server does not send notifications to closed pages. Whoever runs it can switch that on.',
  noService:
    'Your browser could not reach its push service. Some browsers and networks block it, and notifications come only while the page is open.',
  lost: 'The subscription of this browser was lost and has been renewed. Please test again.',
  refused:
    'The push service of your browser refused the notification. Whoever runs this server finds more in its log.',
  unreachable:
    'The server could not reach the push service of your browser. Please try again later.',
  notArrived:
    'The push service took the notification, but it has not arrived here yet. Look at the settings of your system: it may hold notifications back.',
}

export const notifications = {
  newMessage: 'New message',
  testBody: 'Notifications reach this device.',
  allow: 'Allow notifications',
  allowHint: 'Your browser will ask you once.',
  closed: 'Also while Petrel is closed',
  closedHint:
    'Your browser’s push service carries them, encrypted: it learns when you get a message, but not what it says.',
  test: 'Send a test notification',
  testing: 'Testing…',
  worked: 'It works: a test notification was shown.',
  arrived: 'It works: a test notification came all the way from the server.',
  hint: 'They come for chats that are not muted. A mention also comes from muted ones, unless you muted those too.',
  troubles,
  newVersion: 'A new version is ready.',
  takeVersion: 'Reload',
}
