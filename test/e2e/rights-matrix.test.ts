// Who may do what: every operation and every REST route, asked by everybody, in every kind of chat. The table says
// what is answered; an operation or a route without a row fails the test. Each case has a chat of its own.
// Longer than 500 lines: the table stands in one piece.

import { randomBytes } from 'node:crypto'
import t from 'tap'
import { frameType } from '#shared/protocol/codec.ts'
import type { AppError } from '#shared/protocol/codes.ts'
import { type OpIn, type OpName, ops } from '#shared/protocol/ops.ts'
import { right } from '#shared/protocol/permissions.ts'
import { type Db, openDb } from '#shared/store/db.ts'
import {
  directColumns,
  type Kind,
  makePlaces,
  type Place,
  type RoomColumn,
  roomColumns,
  savedColumns,
} from '#test/helpers/matrix-world.ts'
import { RawClient } from '#test/helpers/raw-client.ts'
import { type Stack, startStack } from '#test/helpers/stack.ts'

/** What is answered, in one letter; `.` where there is no such case. */
const letters: Record<string, string> = {
  '+': 'ok',
  F: 'forbidden',
  N: 'not_found',
  C: 'conflict',
  R: 'bad_request',
}

/** What else a body may need. */
interface Around {
  /** Somebody who is in none of the chats. */
  nobody: number
  /** Saved messages of whoever asks, to forward to, and a message there. */
  saved: { chat: number; seq: number }
  /** A group and a channel that whoever asks owns. */
  ownGroup: number
  ownChannel: number
}

interface Row<Name extends OpName> {
  body(place: Place, around: Around): OpIn<Name>
  /** By roomColumns. */
  group: string
  channel: string
  /** By directColumns. */
  direct: string
  /** By savedColumns. */
  saved: string
  /** Of a seq that the chat does not have: the answer, else there is none in the body. */
  stale?: string
  public?: true
  scheduled?: true
}

type Rows = { [Name in OpName]?: Row<Name> | Record<string, Row<Name>> }

const at = () => Date.now() + 3_600_000
/** Whoever reads the chat. */
const readers = {
  group: '+ + + + + N N N',
  channel: '+ + + + . N N N',
  direct: '+ + + + + N',
  saved: '+ N',
}
/** With a right that members of a group have, and of a channel only those to whom it was given. */
const writers = {
  group: '+ + + + F N N N',
  channel: '+ + F F . N N N',
  direct: '+ F F F F N',
  saved: '+ N',
}
/** The same, and who talks about whether to talk. */
const greeters = { ...writers, direct: '+ F F + + N' }
/** With a right that has to be given. */
const trusted = {
  group: '+ + F F F N N N',
  channel: '+ + F F . N N N',
  direct: 'C C C C C N',
  saved: 'C N',
}

/** Operations on a chat. */
const rows: Rows = {
  diff: { body: ({ chat }) => ({ chat, since: 0 }), ...readers },
  chat: { body: ({ chat }) => ({ chat }), ...readers },
  history: { body: ({ chat }) => ({ chat }), ...readers },
  read: { body: ({ chat, own }) => ({ chat, seq: own }), ...readers },
  delivered: { body: ({ chat, own }) => ({ chat, seq: own }), ...readers },
  typing: { body: ({ chat }) => ({ chat }), ...readers },
  pins: { body: ({ chat }) => ({ chat }), ...readers },
  mentions: { body: ({ chat }) => ({ chat }), ...readers },
  draft: { body: ({ chat }) => ({ chat, text: 'Begun' }), ...readers },
  setPlace: { body: ({ chat }) => ({ chat, mentionsMuted: true }), ...readers },
  hide: { body: ({ chat, other }) => ({ chat, seqs: [other] }), ...readers, stale: 'not_found' },
  report: {
    body: ({ chat, other }) => ({ chat, seqs: [other], reason: 'spam' }),
    ...readers,
    stale: 'not_found',
  },
  search: { body: ({ chat }) => ({ chat, query: 'somebody' }), ...readers },
  clearHistory: {
    self: { body: ({ chat, other }) => ({ chat, upTo: other }), ...readers },
    both: {
      body: ({ chat, other }) => ({ chat, upTo: other, forAll: true }),
      group: 'C C C C C N N N',
      channel: 'C C C C . N N N',
      direct: '+ F F F F N',
      saved: '+ N',
    },
  },

  send: {
    text: { body: ({ chat, rid }) => ({ chat, rid: rid(), text: 'Hello' }), ...greeters },
    link: {
      body: ({ chat, rid }) => ({ chat, rid: rid(), text: 'https://birds.example/' }),
      ...greeters,
    },
    reply: {
      body: ({ chat, rid, other }) => ({ chat, rid: rid(), text: 'Yes', reply: other }),
      ...greeters,
      stale: 'bad_reply',
    },
    quote: {
      body: ({ chat, rid, other }) => ({
        chat,
        rid: rid(),
        text: 'Yes',
        reply: other,
        quote: { text: 'wrote', o: 0 },
      }),
      ...greeters,
      stale: 'bad_reply',
    },
  },
  schedule: {
    body: ({ chat, rid }) => ({ chat, rid: rid(), text: 'Later', at: at() }),
    ...writers,
  },
  scheduled: { body: ({ chat }) => ({ chat }), ...readers },
  changeScheduled: {
    own: {
      body: ({ scheduled }) => ({ id: scheduled, text: 'Other' }),
      ...writers,
      scheduled: true,
    },
    foreign: {
      body: ({ foreign }) => ({ id: foreign, text: 'Mine' }),
      group: 'N N N N N N N N',
      channel: 'N N N N . N N N',
      direct: 'N N N N N N',
      saved: 'N N',
      scheduled: true,
    },
  },
  cancelScheduled: {
    own: {
      body: ({ scheduled }) => ({ id: scheduled }),
      group: '+ + + + + + + +',
      channel: '+ + + + . + + +',
      direct: '+ + + + + +',
      saved: '+ +',
      scheduled: true,
    },
    foreign: {
      body: ({ foreign }) => ({ id: foreign }),
      group: 'N N N N N N N N',
      channel: 'N N N N . N N N',
      direct: 'N N N N N N',
      saved: 'N N',
      scheduled: true,
    },
  },
  sendScheduled: {
    own: { body: ({ scheduled }) => ({ id: scheduled }), ...writers, scheduled: true },
    foreign: {
      body: ({ foreign }) => ({ id: foreign }),
      group: 'N N N N N N N N',
      channel: 'N N N N . N N N',
      direct: 'N N N N N N',
      saved: 'N N',
      scheduled: true,
    },
  },
  createPoll: {
    body: ({ chat, rid }) => ({ chat, rid: rid(), question: 'Which?', options: ['One', 'Other'] }),
    ...writers,
  },
  forward: {
    'to here': {
      body: ({ chat, rid }, { saved }) => ({
        chat,
        from: saved.chat,
        seqs: [saved.seq],
        rids: [rid()],
      }),
      ...writers,
    },
    'from here': {
      body: ({ chat, rid, other }, { saved }) => ({
        chat: saved.chat,
        from: chat,
        seqs: [other],
        rids: [rid()],
      }),
      ...readers,
      stale: 'not_found',
    },
  },
  edit: {
    own: {
      body: ({ chat, own }) => ({ chat, seq: own, text: 'Better' }),
      ...writers,
      stale: 'not_found',
    },
    others: {
      body: ({ chat, other }) => ({ chat, seq: other, text: 'Worse' }),
      group: 'F F F F F N N N',
      // What stands in the channel's name is everybody's who speaks for it.
      channel: '+ + F F . N N N',
      direct: 'F F F F F N',
      saved: '. N',
    },
  },
  delete: {
    own: { body: ({ chat, own }) => ({ chat, seqs: [own] }), ...readers, stale: 'not_found' },
    others: {
      body: ({ chat, other }) => ({ chat, seqs: [other] }),
      ...trusted,
      direct: '+ F F F F N',
      saved: '. N',
    },
  },
  pin: {
    body: ({ chat, other }) => ({ chat, seq: other, on: true }),
    ...trusted,
    direct: '+ F F F F N',
    saved: '+ N',
    stale: 'not_found',
  },
  setAutoDelete: {
    body: ({ chat }) => ({ chat, s: 86_400 }),
    ...trusted,
    direct: '+ F F F F N',
    saved: '+ N',
  },
  react: {
    body: ({ chat, other }) => ({ chat, seq: other, emojis: ['👍'] }),
    group: '+ + + + F N N N',
    channel: '+ + + + . N N N',
    direct: '+ F F F F N',
    saved: '+ N',
    stale: 'not_found',
  },
  reactors: {
    body: ({ chat, other }) => ({ chat, seq: other }),
    ...readers,
    channel: '+ + + F . N N N',
    stale: 'not_found',
  },
  vote: {
    body: ({ chat, poll }) => ({ chat, seq: poll, options: [0] }),
    ...readers,
    direct: '+ F F F F N',
    stale: 'not_found',
  },
  voters: {
    public: {
      body: ({ chat, poll }) => ({ chat, seq: poll, option: 0 }),
      ...readers,
      // Polls in channels are not public: subscribers do not learn of each other.
      channel: '. . . . . N N N',
      stale: 'not_found',
    },
    anonymous: {
      body: ({ chat, ownPoll }) => ({ chat, seq: ownPoll, option: 0 }),
      group: 'F F F F F N N N',
      channel: 'F F F F . N N N',
      direct: 'F F F F F N',
      saved: 'F N',
    },
  },
  closePoll: {
    own: { body: ({ chat, ownPoll }) => ({ chat, seq: ownPoll }), ...readers, stale: 'not_found' },
    others: {
      body: ({ chat, poll }) => ({ chat, seq: poll }),
      group: '+ + + F F N N N',
      channel: '+ + + F . N N N',
      direct: 'F F F F F N',
      saved: '. N',
    },
  },
  readBy: {
    own: {
      body: ({ chat, own }) => ({ chat, seq: own }),
      ...readers,
      channel: 'C C C C . N N N',
      stale: 'not_found',
    },
    others: {
      body: ({ chat, other }) => ({ chat, seq: other }),
      group: 'F F F F F N N N',
      channel: 'C C C C . N N N',
      direct: 'F F F F F N',
      saved: '. N',
    },
  },
  view: {
    body: ({ chat, other }) => ({ chat, seqs: [other] }),
    group: 'C C C C C N N N',
    channel: '+ + + + . N N N',
    direct: 'C C C C C N',
    saved: 'C N',
  },
  // Where there is no discussion there are no comments; discussions have a test of their own below.
  comments: {
    body: ({ chat, other }) => ({ chat, seq: other }),
    group: 'N N N N N N N N',
    channel: 'N N N N . N N N',
    direct: 'N N N N N N',
    saved: 'N N',
  },

  editChat: { body: ({ chat }) => ({ chat, title: 'Other' }), ...trusted },
  setReactions: { body: ({ chat }) => ({ chat, allowed: [] }), ...trusted },
  setSignatures: {
    body: ({ chat }) => ({ chat, on: true }),
    ...trusted,
    group: 'C C C C C N N N',
  },
  stats: {
    body: ({ chat }) => ({ chat, days: 7 }),
    group: 'C C C C C N N N',
    channel: '+ + + F . N N N',
    direct: 'C C C C C N',
    saved: 'C N',
  },
  setUsername: {
    body: ({ chat }) => ({ chat, username: `public_${chat}` }),
    group: '+ F F F F N N N',
    channel: '+ F F F . N N N',
    direct: 'C C C C C N',
    saved: 'C N',
  },
  linkDiscussion: {
    'as a channel': {
      body: ({ chat }, { ownGroup }) => ({ channel: chat, group: ownGroup }),
      group: 'C C C C C N N N',
      channel: '. + F F . N N N',
      direct: 'C C C C C N',
      saved: 'C N',
    },
    'as a group': {
      body: ({ chat }, { ownChannel }) => ({ channel: ownChannel, group: chat }),
      group: '. + F F F N N N',
      channel: 'C C C C . N N N',
      direct: 'C C C C C N',
      saved: 'C N',
    },
    'ending none': {
      body: ({ chat }) => ({ channel: chat, group: null }),
      // It is no channel to anybody.
      group: 'N N N N N N N N',
      channel: '+ + + + . N N N',
      direct: 'N N N N N N',
      saved: 'N N',
    },
  },

  members: { body: ({ chat }) => ({ chat }), ...readers, channel: '+ + + F . N N N' },
  addMembers: {
    body: ({ chat }, { nobody }) => ({ chat, users: [nobody] }),
    ...writers,
    direct: 'C C C C C N',
    saved: 'C N',
  },
  removeMember: { body: ({ chat, victim }) => ({ chat, user: victim }), ...trusted },
  leave: { body: ({ chat }) => ({ chat }), ...readers, direct: 'C C C C C N', saved: 'C N' },
  setRole: { body: ({ chat, victim }) => ({ chat, user: victim, role: 'admin' }), ...trusted },
  setDefaultRights: {
    body: ({ chat }) => ({ chat, rights: right.post }),
    ...trusted,
    channel: 'C C C C . N N N',
  },
  restrict: {
    restricted: {
      body: ({ chat, victim }) => ({ chat, user: victim, role: 'restricted' }),
      ...trusted,
      channel: 'C C F F . N N N',
    },
    banned: {
      body: ({ chat, victim }) => ({ chat, user: victim, role: 'banned', deleteHistory: true }),
      ...trusted,
    },
  },
  setRules: {
    slow: { body: ({ chat }) => ({ chat, slowModeS: 10 }), ...trusted, channel: 'C C C C . N N N' },
    brake: { body: ({ chat }) => ({ chat, joinsPerMinute: 10 }), ...trusted },
  },
  adminLog: {
    body: ({ chat }) => ({ chat }),
    group: '+ + + F F N N N',
    channel: '+ + + F . N N N',
    direct: 'F F F F F N',
    saved: '+ N',
  },
  createInvite: {
    body: ({ chat, rid }) => ({ chat, rid: rid() }),
    ...writers,
    direct: 'C C C C C N',
    saved: 'C N',
  },
  invites: { body: ({ chat }) => ({ chat }), ...writers, direct: 'F F F F F N' },
  revokeInvite: {
    body: ({ chat, invite }) => ({ chat, invite: invite || 1 }),
    group: '+ + + N F N N N',
    channel: '+ + F F . N N N',
    direct: 'F F F F F N',
    saved: 'N N',
  },
  joinRequests: {
    body: ({ chat }) => ({ chat }),
    group: '+ + + F F N N N',
    channel: '+ + F F . N N N',
    direct: 'F F F F F N',
    saved: '+ N',
  },
  answerJoinRequest: {
    body: ({ chat }) => ({ chat, accept: false }),
    group: '+ + + F F N N N',
    channel: '+ + F F . N N N',
    direct: 'F F F F F N',
    saved: '+ N',
  },
  previewInvite: {
    body: ({ token }) => ({ token }),
    group: '+ + + + + + + +',
    channel: '+ + + + . + + +',
    direct: 'N N N N N N',
    saved: 'N N',
  },
  join: {
    body: ({ token }) => ({ token }),
    group: '+ + + + + F + +',
    channel: '+ + + + . F + +',
    direct: 'N N N N N N',
    saved: 'N N',
  },
  resolve: {
    body: ({ username }) => ({ username }),
    group: '+ + + + + N + +',
    channel: '+ + + + . N + +',
    direct: 'N N N N N N',
    saved: 'N N',
    public: true,
  },
  joinPublic: {
    'by name': {
      body: ({ username }) => ({ username }),
      group: '+ + + + + N + +',
      channel: '+ + + + . N + +',
      direct: 'N N N N N N',
      saved: 'N N',
      public: true,
    },
    'a private one': {
      body: ({ username }) => ({ username }),
      group: 'N N N N N N N N',
      channel: 'N N N N . N N N',
      direct: 'N N N N N N',
      saved: 'N N',
    },
    'by its channel, which has none': {
      body: ({ chat }) => ({ discussion: chat }),
      group: 'N N N N N N N N',
      channel: 'N N N N . N N N',
      direct: 'N N N N N N',
      saved: 'N N',
    },
  },
  answerRequest: {
    accept: {
      body: ({ chat }) => ({ chat, answer: 'accept' }),
      group: 'C C C C C N N N',
      channel: 'C C C C . N N N',
      // Where nothing waits, nothing changes; who asks cannot answer.
      direct: '+ + + C + N',
      saved: 'C N',
    },
    decline: {
      body: ({ chat }) => ({ chat, answer: 'decline' }),
      group: 'C C C C C N N N',
      channel: 'C C C C . N N N',
      direct: 'C C C C + N',
      saved: 'C N',
    },
  },
}

interface People {
  self: number
  friend: number
  /** Shares no chat with the one who asks. */
  stranger: number
  /** Blocks the one who asks. */
  blocker: number
  deleted: number
}

type Personal = { [Name in OpName]?: Record<string, [body: OpIn<Name>, answer: string]> }

/** Operations on nobody's chat, asked by a signed-in person. An id that was never given is 1: ids are random. */
const personal = ({ self, friend, stranger, blocker, deleted }: People): Personal => ({
  ping: { anybody: [{}, '+'] },
  userDiff: { 'from the begin': [{ since: 0 }, '+'] },
  chats: { anybody: [{}, '+'] },
  users: { 'also strangers, who are left out': [{ users: [friend, stranger, deleted, 1] }, '+'] },
  presence: { 'also strangers, who are left out': [{ users: [friend, stranger, 1] }, '+'] },
  watch: { 'also chats of others, which stay silent': [{ chats: [1, 2, 3] }, '+'] },
  createDirect: {
    'with a stranger': [{ user: stranger }, '+'],
    'with oneself': [{ user: self }, 'R'],
    'with one who blocks': [{ user: blocker }, 'F'],
    'with nobody': [{ user: 1 }, 'N'],
    'with a deleted account': [{ user: deleted }, 'N'],
  },
  createGroup: {
    'with anybody': [{ rid: 1, title: 'Mine', users: [friend, blocker, deleted, 1] }, '+'],
  },
  createChannel: { anybody: [{ rid: 2, title: 'Mine' }, '+'] },
  saved: { anybody: [{}, '+'] },
  setFolders: {
    'also with chats of others': [{ folders: [{ id: 1, title: 'All', include: [1] }] }, '+'],
  },
  folders: { anybody: [{}, '+'] },
  contacts: { anybody: [{}, '+'] },
  setContact: {
    friend: [{ user: friend, name: 'Friend' }, '+'],
    oneself: [{ user: self }, 'R'],
    nobody: [{ user: 1 }, 'N'],
    'a deleted account': [{ user: deleted }, 'N'],
    'one who blocks': [{ user: blocker }, '+'],
  },
  blocks: { anybody: [{}, '+'] },
  block: {
    stranger: [{ user: stranger, blocked: true }, '+'],
    oneself: [{ user: self, blocked: true }, 'R'],
    nobody: [{ user: 1, blocked: true }, 'N'],
  },
  privacy: { anybody: [{}, '+'] },
  setPrivacy: { anybody: [{}, '+'] },
  searchUsers: { anybody: [{ query: 'somebody' }, '+'] },
  // Those of one chat are in the table above.
  scheduled: { 'of all chats': [{}, '+'] },
  search: { 'in all chats': [{ query: 'somebody' }, '+'] },
})

/** HELLO comes first and once; nothing else comes before it. */
const withoutHello: readonly OpName[] = ['hello']

interface Case {
  name: OpName
  what: string
  kind: Kind
  column: string
  actor: RoomColumn
  row: Row<OpName>
  expected: string
}

function rowsOf(name: OpName): [what: string, row: Row<OpName>][] {
  const found = rows[name] as Row<OpName> | Record<string, Row<OpName>> | undefined
  if (!found) return []
  return 'body' in found ? [['', found as Row<OpName>]] : Object.entries(found)
}

const names = Object.keys(ops) as OpName[]

/** Who sends the request of a column. */
function actorOf(kind: Kind, column: string): RoomColumn {
  if (kind === 'group' || kind === 'channel') return column as RoomColumn
  return column === 'outsider' ? 'stranger' : 'member'
}

function casesOf(name: OpName): Case[] {
  const columns = {
    group: roomColumns,
    channel: roomColumns,
    direct: directColumns,
    saved: savedColumns,
  }
  return rowsOf(name).flatMap(([variant, row]) =>
    (Object.keys(columns) as Kind[]).flatMap(kind => {
      const answers = row[kind].split(' ')
      if (answers.length !== columns[kind].length)
        throw new Error(`${name} ${variant}: ${answers.length} answers for ${kind}`)
      return columns[kind].flatMap((column, i): Case[] => {
        const letter = answers[i] ?? ''
        const what = [name, variant, 'in', kind, 'by', column].filter(Boolean).join(' ')
        const expected = letters[letter] ?? ''
        if (letter !== '.' && !expected) throw new Error(`${what}: what is ${letter}?`)
        return letter === '.'
          ? []
          : [{ name, what, kind, column, actor: actorOf(kind, column), row, expected }]
      })
    }),
  )
}

/** The code of the answer, `ok` for a result. */
async function answer(client: RawClient, name: OpName, body: unknown): Promise<string> {
  return client.ask(ops[name].op, body).then(
    () => 'ok',
    (error: AppError) => error.code,
  )
}

/** Registers one person for each column and seeds the chats of all cases. */
async function open(stack: Stack, db: Db, cases: readonly Case[]) {
  const tokens = await Promise.all(roomColumns.map(column => stack.newUser(column)))
  const users = tokens.map(({ user }) => user.id)
  const rooms = Object.fromEntries(roomColumns.map((column, i) => [column, users[i]])) as Record<
    RoomColumn,
    number
  >
  const [victim = 0, nobody = 0] = (
    await db.query<{ id: number }>({
      text: "insert into users (name) select 'Extra ' || n from generate_series(1, 2) n returning id",
    })
  ).map(({ id }) => id)
  const wanted = cases.map(({ kind, column, actor, row }) => ({
    kind,
    actor: rooms[actor],
    column: column as (typeof directColumns)[number],
    public: row.public ?? false,
    scheduled: row.scheduled ?? false,
  }))
  const places = await makePlaces(db, { rooms, victim }, wanted)
  const clients = Object.fromEntries(
    await Promise.all(
      roomColumns.map(async (column, i) => {
        const client = await RawClient.join(t, stack.wsUrl, tokens[i]?.accessToken ?? '')
        return [column, client] as const
      }),
    ),
  ) as Record<RoomColumn, RawClient>
  return { tokens, rooms, places, clients, nobody }
}

/** What each one who asks brings along. */
async function bring(clients: Record<RoomColumn, RawClient>, nobody: number) {
  const around = async (client: RawClient): Promise<Around> => {
    const { chat: saved } = await client.call('saved', {})
    const { seq } = await client.send(saved.id, 'To be forwarded')
    return { nobody, saved: { chat: saved.id, seq }, ownGroup: 0, ownChannel: 0 }
  }
  return Object.fromEntries(
    await Promise.all(
      roomColumns.map(async column => [column, await around(clients[column])] as const),
    ),
  ) as Record<RoomColumn, Around>
}

interface Route {
  /** In place of the path's parameters. */
  path?: (around: RestAround) => string
  body?: (around: RestAround) => object
  /** Answers without a token, with one that is none, to a person, and to an operator. */
  answers: [anonymous: string, forged: string, person: string, operator: string]
}

type Assertions = typeof t

interface RestAround {
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
const routes: Record<string, Route> = {
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
  'get /api/v1/operator/reports': { answers: operators('200') },
  'post /api/v1/operator/reports/{id}': {
    path: ({ report }) => `/api/v1/operator/reports/${report}`,
    body: () => ({ action: 'dismiss' }),
    answers: operators('200'),
  },
}

async function restRoutes(
  t: Pick<Assertions, 'same' | 'equal'>,
  stack: Stack,
  db: Db,
  { places, cases }: { places: readonly Place[]; cases: readonly Case[] },
): Promise<void> {
  const response = await fetch(`${stack.apiUrl}/openapi.json`)
  const document = (await response.json()) as { paths: Record<string, Record<string, unknown>> }
  const documented = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map(method => `${method} ${path}`),
  )
  t.same(
    documented.filter(route => !(route in routes)),
    [],
    'every route has a row',
  )
  t.same(
    Object.keys(routes).filter(route => !documented.includes(route)),
    [],
    'and every row a route',
  )

  const [other, operator] = [await stack.newUser('other'), await stack.newUser('operator')]
  await db.query({
    text: 'update users set operator = true where id = $1',
    values: [operator.user.id],
  })
  const [report] = await db.query<{ id: number }>({
    text: "insert into reports (reporter_id, chat_id, reason, evidence) values ($1, 1, 'spam', $2) returning id",
    values: [other.user.id, { chat: { kind: 'group' }, messages: [] }],
  })
  const { chat, victim } = places[cases.findIndex(each => each.kind === 'group')] as Place
  const around: RestAround = {
    username: other.user.username ?? '',
    foreignSession: other.session,
    report: report?.id ?? 0,
    chat,
    victim,
  }
  const ask = async (route: string, token: string | undefined): Promise<string> => {
    const [method = '', path = ''] = route.split(' ')
    const { path: build, body } = routes[route] as Route
    const answer = await fetch(stack.url + (build?.(around) ?? path), {
      method: method.toUpperCase(),
      headers: {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body(around)) }),
    })
    const text = await answer.text()
    const { code } = (answer.ok ? {} : JSON.parse(text)) as { code?: string }
    return [answer.status, code].filter(Boolean).join(' ')
  }
  const tokenOf = async (who: number): Promise<string | undefined> => {
    if (who === 0) return undefined
    const person = await stack.newUser('person')
    if (who === 1) return forged(person.accessToken)
    const text =
      who === 2
        ? "insert into members (chat_id, user_id, role) values ($2, $1, 'member')"
        : 'update users set operator = $2 > 0 where id = $1'
    await db.query({ text, values: [person.user.id, chat] })
    return person.accessToken
  }
  for (const [route, { answers }] of Object.entries(routes)) {
    for (const [who, expected] of answers.entries()) {
      t.equal(await ask(route, await tokenOf(who)), expected, `${route} ${who}`)
    }
  }
}

/** With a signature that is not ours. */
function forged(token: string): string {
  const [head, body, signature = ''] = token.split('.')
  return [head, body, Buffer.from(signature, 'base64url').reverse().toString('base64url')].join('.')
}

t.test('every operation, by everybody, in every kind of chat', async t => {
  const cases = names.flatMap(casesOf)
  const stack = await startStack(t)
  const db = openDb({ url: stack.databaseUrl, poolMax: 4, name: 'test' })
  t.teardown(() => db.close())
  const { rooms, places, clients, nobody } = await open(stack, db, cases)
  const arounds = await bring(clients, nobody)
  const heads = async () => {
    const found = await db.query<{ id: number; rev: number; state: string }>({
      text: `select c.id, c.last_rev as rev, concat_ws(' ', c.last_rev, c.last_seq, c.member_count, c.default_rights,
               (select string_agg(m.user_id || m.role || m.rights, ',' order by m.user_id) from members m where m.chat_id = c.id)) as state
             from chats c`,
    })
    return new Map(found.map(({ id, state }) => [id, state]))
  }
  const before = await heads()

  t.same(
    names.filter(
      name =>
        rowsOf(name).length === 0 &&
        !(name in personal({} as People)) &&
        !withoutHello.includes(name),
    ),
    [],
    'every operation has a row',
  )

  /** A new room of which whoever asks is the owner. */
  const ownRoom = async (column: RoomColumn, kind: 'group' | 'channel') => {
    const [row] = await db.query<{ id: number }>({
      text: 'insert into chats (kind, title, owner_id, default_rights, member_count) values ($1, $2, $3, 0, 1) returning id',
      values: [kind, 'Own', rooms[column]],
    })
    const id = row?.id ?? 0
    await db.query({
      text: "insert into members (chat_id, user_id, role) values ($1, $2, 'owner')",
      values: [id, rooms[column]],
    })
    return id
  }

  const wrong: string[] = []
  const run = async (column: RoomColumn) => {
    for (const [i, each] of cases.entries()) {
      if (each.actor !== column) continue
      const around = { ...arounds[column] }
      if (each.name === 'linkDiscussion') {
        around.ownGroup = await ownRoom(column, 'group')
        around.ownChannel = await ownRoom(column, 'channel')
      }
      const body = each.row.body(places[i] as Place, around)
      const got = await answer(clients[column], each.name, body)
      if (got !== each.expected) wrong.push(`${each.what}: ${got} instead of ${each.expected}`)
    }
  }

  await t.test('the answers are those of the table', async t => {
    await Promise.all(roomColumns.map(run))
    t.same(wrong, [])
    t.ok(cases.length > 1_000, `${cases.length} cases`)
  })

  await t.test(
    'what was refused changed nothing, and nobody heard of it who is not in the chat',
    async t => {
      const after = await heads()
      const changed = cases.flatMap(({ kind, expected, what }, i) => {
        const chat = places[i]?.chat ?? 0
        const mayChange = expected === 'ok' || kind === 'saved'
        return mayChange || before.get(chat) === after.get(chat) ? [] : [what]
      })
      t.same(changed, [])
      for (const column of ['banned', 'left', 'stranger'] as const) {
        const client = clients[column]
        await client.settle()
        const joined = new Set(
          cases.flatMap(({ name, actor, expected }, i) =>
            actor === column && expected === 'ok' && ['join', 'joinPublic'].includes(name)
              ? [places[i]?.chat]
              : [],
          ),
        )
        const heard = client.frames
          .filter(frame => frame[0] === frameType.chatEvent)
          .map(frame => frame[2] as number)
          .filter(chat => !joined.has(chat) && chat !== arounds[column].saved.chat)
        t.same([...new Set(heard)], [], column)
      }
    },
  )

  await t.test(
    'a chat that is not there, one that is gone, and one of others answer alike',
    async t => {
      const gone = await ownRoom('owner', 'group')
      await db.query({ text: 'update chats set deleted_at = now() where id = $1', values: [gone] })
      const detail = (client: RawClient, name: OpName, body: unknown) =>
        client.ask(ops[name].op, body).then(
          () => 'ok',
          ({ code, message, retryMs }: AppError) => ({ code, message, retryMs }),
        )
      for (const [i, { name, kind, column, row, what, expected }] of cases.entries()) {
        const place = places[i] as Place
        if (kind !== 'group' || column !== 'stranger' || expected !== 'not_found') continue
        const withRooms = async (asker: RoomColumn) => ({
          ...arounds[asker],
          ...(name === 'linkDiscussion' && {
            ownGroup: await ownRoom(asker, 'group'),
            ownChannel: await ownRoom(asker, 'channel'),
          }),
        })
        const body = row.body(place, await withRooms('stranger'))
        const foreign = await detail(clients.stranger, name, body)
        t.match(foreign, { code: 'not_found' }, what)
        for (const chat of [gone, 4_503_599_627_370_497]) {
          for (const client of [clients.stranger, clients.owner]) {
            const asker = client === clients.owner ? 'owner' : 'stranger'
            const stale = { ...place, chat, scheduled: chat, foreign: chat }
            const staleBody = row.body(stale, await withRooms(asker))
            t.same(await detail(client, name, staleBody), foreign, `${what}, ${chat} by ${asker}`)
          }
        }
      }
    },
  )

  await t.test('a message that is not there', async t => {
    for (const [i, { name, kind, column, row, what }] of cases.entries()) {
      if (!row.stale || column !== 'owner' || kind !== 'group') continue
      const stale = { other: 99_999, own: 99_999, poll: 99_999, ownPoll: 99_999 }
      const body = row.body({ ...(places[i] as Place), ...stale }, arounds.owner)
      t.equal(await answer(clients.owner, name, body), row.stale, what)
    }
  })

  await t.test('operations on no chat', async t => {
    const { user: friend } = await stack.newUser('friend')
    const [stranger, blocker, deleted] = await Promise.all(
      ['stranger', 'blocker', 'deleted'].map(async name => (await stack.newUser(name)).user.id),
    )
    // Somebody new: the members of the rooms own as many by now as they may.
    const person = await stack.newUser('person')
    const self = person.user.id
    const client = await RawClient.join(t, stack.wsUrl, person.accessToken)
    await db.query({
      text: 'insert into blocks (user_id, blocked_id) values ($1, $2)',
      values: [blocker, self],
    })
    await db.query({ text: 'update users set deleted_at = now() where id = $1', values: [deleted] })
    const people = { self, friend: friend.id, stranger, blocker, deleted } as People
    for (const [name, variants] of Object.entries(personal(people)) as [
      OpName,
      Record<string, [unknown, string]>,
    ][]) {
      for (const [what, [body, letter]] of Object.entries(variants)) {
        t.equal(await answer(client, name, body), letters[letter], `${name} ${what}`)
      }
    }
    const alone = await RawClient.join(t, stack.wsUrl, (await stack.newUser('alone')).accessToken)
    const { users } = await alone.call('users', { users: [self, stranger as number, 1] })
    t.same(users, [], 'nobody of whom one may not know')
    const presence = await alone.call('presence', { users: [self, stranger as number, 1] })
    t.same(
      presence.users.filter(user => user.online || user.lastSeen !== undefined),
      [],
    )
  })

  await t.test('every REST route', t => restRoutes(t, stack, db, { places, cases }))

  await t.test('without HELLO, and with a second one, the connection ends', async t => {
    for (const name of names.filter(each => !withoutHello.includes(each))) {
      const client = await RawClient.open(t, stack.wsUrl)
      client.say(ops[name].op, {})
      t.equal(await client.untilClosed(), 4503, name)
      t.same(
        client.frames.filter(frame => frame[0] !== frameType.control),
        [],
        `${name} is not answered`,
      )
    }
    clients.bare.say(ops.hello.op, { token: 'any', device: 'test' })
    t.equal(await clients.bare.untilClosed(), 4503)
  })
  t.same(stack.trouble, [])
})
