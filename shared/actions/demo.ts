// Demo mode: three people with some history, whom anybody may enter. The configuration refuses it in production.

import { AppError } from '#shared/protocol/codes.ts'
import type { Entity } from '#shared/protocol/entities.ts'
import type { Tokens } from '#shared/protocol/http.ts'
import type { ChatId, Seq, UserId } from '#shared/protocol/ids.ts'
import { assert } from '#shared/runtime/assert.ts'
import { isUniqueViolation } from '#shared/store/db.ts'
import { dateMessages, readOpenAccounts } from '#shared/store/demo.ts'
import { findAccount, hasOnlyUsers, insertUser } from '#shared/store/users.ts'
import { type AccountServices, announceRevoked, type Device } from './account-services.ts'
import { setContact } from './contacts.ts'
import { createRoom } from './create-chat.ts'
import {
  channelHistory,
  type DemoMessage,
  type DemoUsername,
  demoPeople,
  directHistory,
  groupHistory,
} from './demo-history.ts'
import { createDirect } from './direct-chats.ts'
import { markReadBatch } from './mark-read.ts'
import { openSession } from './open-session.ts'
import { sendBatch } from './send-messages.ts'
import type { Services } from './services.ts'

type People = Record<DemoUsername, UserId>

const usernames = demoPeople.map(person => person.username)
/** Fixed rids make each step of the seed happen once, however often it runs. */
const groupRid = 1
const channelRid = 2

/** Who can be entered: none when the database is not a demo's. */
export function readDemoPeople({
  db,
}: Pick<Services, 'db'>): Promise<{ username: string; name: string }[]> {
  return readOpenAccounts(db, usernames)
}

/** A session as a demo person. @throws AppError not_found for anybody else */
export async function enterDemo(
  deps: AccountServices,
  username: string,
  device: Device,
): Promise<Tokens> {
  const people = await readDemoPeople(deps)
  const person = people.find(each => each.username.toLowerCase() === username.toLowerCase())
  const account = person && (await findAccount(deps.db, person.username))
  if (!account) throw new AppError('not_found')
  const { tokens, revoked } = await deps.db.tx(tx => openSession(deps, tx, account.me, device))
  announceRevoked(deps, tokens.user.id, revoked, 'too many')
  deps.report.signedIn({ user: tokens.user.id, session: tokens.session, how: 'demo' })
  return tokens
}

/**
 * Fills an empty database with Alice, Bob and Carol, a direct chat, a group and a channel. Does nothing once anybody
 * has registered; run again after a crash it completes what is missing.
 * @returns whether the database is a demo's
 */
export async function seedDemo(deps: Services): Promise<boolean> {
  if (!(await hasOnlyUsers(deps.db, usernames))) return false
  const people = await createPeople(deps)
  await acquaint(deps, people)
  const direct = await createDirect(deps, people.alice, people.bob)
  const group = await createRoom(deps, people.carol, 'free', {
    kind: 'group',
    rid: groupRid,
    title: 'Weekend at the cliffs',
    about: 'Who brings what, and when we meet.',
    users: [people.alice, people.bob],
  })
  const channel = await createRoom(deps, people.carol, 'free', {
    kind: 'channel',
    rid: channelRid,
    title: 'Petrel station news',
    about: 'Sightings, ringing results and the weather.',
    users: [people.alice, people.bob],
  })
  await seedHistory(deps, people, direct, directHistory, { alice: 19, bob: 21, carol: 0 })
  await seedHistory(deps, people, group, groupHistory, { alice: 20, bob: 17, carol: 20 })
  await seedHistory(deps, people, channel, channelHistory, { alice: 6, bob: 7, carol: 7 })
  return true
}

async function createPeople({ db }: Services): Promise<People> {
  const ids: Partial<People> = {}
  for (const { username, name } of demoPeople) {
    try {
      ids[username] =
        (await findAccount(db, username))?.me.id ??
        (await insertUser(db, { username, name, passwordHash: null })).id
    } catch (error) {
      // Another process that started at the same moment was quicker.
      if (!isUniqueViolation(error)) throw error
      ids[username] = (await findAccount(db, username))?.me.id as UserId
    }
  }
  return ids as People
}

/** All three know each other: none of their chats begins as a stranger's. */
async function acquaint(deps: Services, people: People): Promise<void> {
  for (const one of usernames) {
    for (const other of usernames) {
      if (one !== other) await setContact(deps, people[one], { user: people[other] })
    }
  }
}

/**
 * Sends what is not there yet, with the times at which it is said to have been sent.
 * @param read how many of them each person has read; the rest shows as unread
 */
async function seedHistory(
  deps: Services,
  people: People,
  chat: ChatId,
  history: readonly DemoMessage[],
  read: Record<DemoUsername, number>,
): Promise<void> {
  const times = timesOf(history, deps.clock.now())
  const seqs: Seq[] = []
  const written: { seq: Seq; at: number }[] = []
  // One by one: a reply must find what it answers already written.
  for (const [index, message] of history.entries()) {
    const outgoing = {
      chat,
      sender: people[message.from],
      rid: index + 1,
      text: message.text,
      ents: entitiesOf(message),
      reply: message.reply === undefined ? undefined : seqs[message.reply],
      silent: true,
      origin: undefined,
      members: demoPeople.length,
    }
    const { results, publish } = await sendBatch(deps.db, [outgoing])
    const [result] = results
    // Somebody has left the chat since the first run: then this is no longer the seed's to fill.
    if (result === undefined || result instanceof AppError) return
    seqs.push(result.seq)
    if (publish.events.length === 0) continue
    deps.publish(publish)
    written.push({ seq: result.seq, at: times[index] as number })
  }
  if (written.length === 0) return
  await dateMessages(deps.db, chat, written)
  const marks = usernames.map(name => ({
    user: people[name],
    chat,
    seq: seqs[read[name] - 1] ?? 0,
  }))
  await markReadBatch(
    deps,
    marks.filter(mark => mark.seq > 0),
  )
}

/** Minutes add up so that the last message is a few minutes old. */
function timesOf(history: readonly DemoMessage[], nowMs: number): number[] {
  const minuteMs = 60_000
  let atMs = nowMs - (history.reduce((sum, message) => sum + message.after, 0) + 7) * minuteMs
  return history.map(message => {
    atMs += message.after * minuteMs
    return atMs
  })
}

function entitiesOf({ text, mark }: DemoMessage): Entity[] | undefined {
  return mark?.map(({ part, ...rest }) => {
    const o = text.indexOf(part)
    assert(o >= 0, `the marked part stands in the text: ${part}`)
    return { ...rest, o, l: part.length }
  })
}
