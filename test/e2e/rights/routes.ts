// Every REST route, and what it answers without a token, with a forged one, to a person and to an operator.

import { createECDH, randomBytes } from 'node:crypto'

export interface Route {
  /** In place of the path's parameters. */
  path?: (around: RestAround) => string
  body?: (around: RestAround) => object
  /** Answers without a token, with one that is none, to a person, and to an operator. */
  answers: [anonymous: string, forged: string, person: string, operator: string]
}

export interface RestAround {
  username: string
  /** A session of somebody else. */
  foreignSession: number
  /** A report that waits. */
  report: number
  /** A chat in which the person is a plain member, and the operator nobody. */
  chat: number
  victim: number
}

const toAll = (answer: string): Route['answers'] => [answer, answer, answer, answer]
const signedIn = (answer: string): Route['answers'] => [
  '401 unauthorized',
  '401 unauthorized',
  answer,
  answer,
]
const operators = (answer: string): Route['answers'] => [
  '401 unauthorized',
  '401 unauthorized',
  '404 not_found',
  answer,
]
const wrongPassword = 'not the password of anybody'

/** By method and path of the OpenAPI document. The sessions that a route ends are its own. */
export const routes: Record<string, Route> = {
  'get /health/live': { answers: toAll('200') },
  'get /health/ready': { answers: toAll('200') },
  // Without METRICS_TOKEN it is shown on a port of its own only.
  'get /metrics': { answers: toAll('404 not_found') },
  'get /api/v1/config': { answers: toAll('200') },
  'post /api/v1/demo/enter': {
    body: () => ({ username: 'alice' }),
    answers: toAll('404 not_found'),
  },
  'post /api/v1/auth/register': {
    body: () => ({
      username: `u${randomBytes(6).toString('hex')}`,
      name: 'New',
      password: 'a storm of petrels',
    }),
    answers: toAll('201'),
  },
  'post /api/v1/auth/login': {
    body: ({ username }) => ({ username, password: wrongPassword }),
    answers: toAll('401 bad_credentials'),
  },
  'post /api/v1/auth/refresh': {
    body: () => ({ refreshToken: 'none' }),
    answers: toAll('401 unauthorized'),
  },
  'post /api/v1/auth/logout': { answers: signedIn('204') },
  'post /api/v1/auth/logout-all': { answers: signedIn('204') },
  'get /api/v1/me': { answers: signedIn('200') },
  'patch /api/v1/me': { body: () => ({ about: 'Birds' }), answers: signedIn('200') },
  'delete /api/v1/me': {
    body: () => ({ password: wrongPassword }),
    answers: signedIn('401 bad_credentials'),
  },
  'post /api/v1/me/password': {
    body: () => ({ current: wrongPassword, next: 'another storm of petrels' }),
    answers: signedIn('401 bad_credentials'),
  },
  'get /api/v1/sessions': { answers: signedIn('200') },
  'delete /api/v1/sessions/{id}': {
    path: ({ foreignSession }) => `/api/v1/sessions/${foreignSession}`,
    answers: signedIn('404 not_found'),
  },
  'get /api/v1/users/by-username/{username}': {
    path: ({ username }) => `/api/v1/users/by-username/${username}`,
    answers: signedIn('200'),
  },
  'post /api/v1/chats/{chat}/owner': {
    path: ({ chat }) => `/api/v1/chats/${chat}/owner`,
    body: ({ victim }) => ({ user: victim, password: wrongPassword }),
    answers: ['401 unauthorized', '401 unauthorized', '403 forbidden', '404 not_found'],
  },
  'get /api/v1/push': { answers: signedIn('200') },
  'put /api/v1/push/subscription': {
    body: () => ({
      // Of nobody: a new one each time, since an endpoint is one browser's.
      endpoint: `https://push.example.org/${randomBytes(12).toString('hex')}`,
      keys: {
        p256dh: createECDH('prime256v1').generateKeys('base64url'),
        auth: randomBytes(16).toString('base64url'),
      },
      previews: true,
    }),
    answers: signedIn('204'),
  },
  'delete /api/v1/push/subscription': { answers: signedIn('204') },
  'post /api/v1/push/test': { answers: signedIn('200') },
  'get /api/v1/operator/reports': { answers: operators('200') },
  'post /api/v1/operator/reports/{id}': {
    path: ({ report }) => `/api/v1/operator/reports/${report}`,
    body: () => ({ action: 'dismiss' }),
    answers: operators('200'),
  },
}
