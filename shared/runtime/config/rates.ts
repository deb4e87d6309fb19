// Settings of how much one user, connection or address may do in a time. Where clients meet the number in the protocol, it is
// the default here.

import { limits } from '#shared/protocol/limits.ts'
import { integer } from './parsers.ts'
import { api, define, gateway, type Rate } from './setting.ts'

export const rates = {
  messageBurst: define({
    name: 'MESSAGE_BURST',
    parts: gateway,
    parse: integer(1, 1_000_000),
    default: String(limits.burstMessagesMax),
    unit: 'messages',
    doc: 'Messages and other changes of chats that a user may make at once through one process.',
  }),
  messagesPerS: define({
    name: 'MESSAGES_PER_S',
    parts: gateway,
    parse: integer(1, 1_000_000),
    default: String(limits.messagesPerS),
    unit: 'messages/s',
    doc: 'Rate that refills the message burst.',
  }),
  frameBurst: define({
    name: 'FRAME_BURST',
    parts: gateway,
    parse: integer(1, 1_000_000),
    default: String(limits.burstFramesMax),
    unit: 'frames',
    doc: 'Frames that a connection may send at once.',
  }),
  framesPerS: define({
    name: 'FRAMES_PER_S',
    parts: gateway,
    parse: integer(1, 1_000_000),
    default: String(limits.framesPerS),
    unit: 'frames/s',
    doc: 'Rate that refills the frame burst.',
  }),
  helloPerS: define({
    name: 'HELLO_PER_S',
    parts: gateway,
    parse: integer(1, 1_000_000),
    default: String(limits.helloPerS),
    unit: 'connections/s',
    doc: 'Connections that a process admits in a second.',
  }),
  helloPerUser: define({
    name: 'HELLO_PER_USER',
    parts: gateway,
    parse: rate,
    default: '60/60',
    unit: 'connections/s',
    doc: 'Connections of one user that a process greets.',
  }),
  handshakesPerIpBurst: define({
    name: 'HANDSHAKES_PER_IP_BURST',
    parts: gateway,
    parse: integer(1, 1_000_000),
    default: String(limits.burstHandshakesPerIpMax),
    unit: 'handshakes',
    doc: 'WebSocket handshakes that one address may make at once.',
  }),
  handshakesPerIpPerS: define({
    name: 'HANDSHAKES_PER_IP_PER_S',
    parts: gateway,
    parse: integer(1, 1_000_000),
    default: String(limits.handshakesPerIpPerS),
    unit: 'handshakes/s',
    doc: 'Rate that refills the handshake burst.',
  }),
  strangersPerUser: define({
    name: 'STRANGERS_PER_USER',
    parts: gateway,
    parse: rate,
    default: '250/5000',
    unit: 'people/s',
    doc: 'People that a user may write to or add through one process without having a chat in common.',
  }),
  searchesPerUser: define({
    name: 'SEARCHES_PER_USER',
    parts: gateway,
    parse: rate,
    default: '20/10',
    unit: 'searches/s',
    doc: 'Searches for messages that a user may make through one process.',
  }),
  loginPerIpUser: define({
    name: 'LOGIN_PER_IP_USER',
    parts: api,
    parse: rate,
    default: '5/900',
    unit: 'failures/s',
    doc: 'Failed sign-ins to one username from one address.',
  }),
  loginPerUser: define({
    name: 'LOGIN_PER_USER',
    parts: api,
    parse: rate,
    default: '100/86400',
    unit: 'failures/s',
    doc: 'Failed sign-ins to one username from anywhere; addresses with a session of that user are exempt.',
  }),
  loginPerIp: define({
    name: 'LOGIN_PER_IP',
    parts: api,
    parse: rate,
    default: '60/900',
    unit: 'requests/s',
    doc: 'Sign-ins from one address, good and bad.',
  }),
  registerPerIp: define({
    name: 'REGISTER_PER_IP',
    parts: api,
    parse: rate,
    default: '20/3600',
    unit: 'requests/s',
    doc: 'New accounts from one address.',
  }),
  refreshPerSession: define({
    name: 'REFRESH_PER_SESSION',
    parts: api,
    parse: rate,
    default: '60/60',
    unit: 'requests/s',
    doc: 'Token refreshes with one refresh token.',
  }),
  pushTestsPerUser: define({
    name: 'PUSH_TESTS_PER_USER',
    parts: api,
    parse: rate,
    default: '10/600',
    unit: 'requests/s',
    doc: 'Test notifications that a user may send to their own devices.',
  }),
  pushSubscribesPerUser: define({
    name: 'PUSH_SUBSCRIBES_PER_USER',
    parts: api,
    parse: rate,
    default: '30/3600',
    unit: 'requests/s',
    doc: 'Subscriptions to Web Push that a user may make or change.',
  }),
  restPerIp: define({
    name: 'REST_PER_IP',
    parts: api,
    parse: rate,
    default: '300/10',
    unit: 'requests/s',
    doc: 'Requests to the api from one address.',
  }),
} as const

function rate(text: string): Rate {
  const match = /^([1-9]\d{0,8})\/([1-9]\d{0,6})$/.exec(text)
  if (!match) throw new Error('points/seconds, for example 5/900')
  return { points: Number(match[1]), perS: Number(match[2]) }
}
