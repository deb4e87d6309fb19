// What members choose at a message: reactions and votes. Stored row by row and told to the chooser's own devices at
// once; the message's sums follow (tell-sums.ts). Choices at one message that come together are one transaction.

import { AppError } from '#shared/protocol/codes.ts'
import { userFrame } from '#shared/protocol/frames.ts'
import type { Urev, UserId } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import type { Own } from '#shared/protocol/models.ts'
import { isActive, type Role, right } from '#shared/protocol/permissions.ts'
import { allowedReactions } from '#shared/protocol/reactions.ts'
import { assert } from '#shared/runtime/assert.ts'
import type { BusEvent } from '#shared/store/bus.ts'
import type { Queryable } from '#shared/store/db.ts'
import { holdChoices, markDirty, type Spot } from '#shared/store/dirty-messages.ts'
import { nextUrevs, readMembersOf } from '#shared/store/members.ts'
import { messageKind } from '#shared/store/messages.ts'
import { noteInOutbox } from '#shared/store/outbox.ts'
import { readOwnChoices, readSubject, type Subject } from '#shared/store/own-choices.ts'
import { changeVotes, readPoll, readVotesOf } from '#shared/store/polls.ts'
import { changeReactions, readEmojis, readReactionsOf } from '#shared/store/reactions.ts'
import { touchSections } from '#shared/store/user-sections.ts'
import type { Services } from './services.ts'

/** All reactions that somebody wants at a message. */
export interface ReactionChoice {
  user: UserId
  emojis: readonly string[]
}

/** All options that somebody wants in a poll. */
export interface VoteChoice {
  user: UserId
  options: readonly number[]
}

export type Choice = ReactionChoice | VoteChoice

/** What became of choices. */
export interface Chosen {
  /** In the order of the choices. */
  results: (Own | AppError)[]
  /** In how many ms the message's sums have to be told; null when nothing changed. */
  dueInMs: number | null
}

/** What a kind of choice came to in the transaction. */
interface Outcome {
  changed: UserId[]
  refused: Map<UserId, AppError>
}

/**
 * Stores choices at one message in one commit; one that is refused does not fail the others.
 * @param choices each of another user; the caller has checked how many emojis their plans allow
 * Refusals: not_found, forbidden, conflict (deleted, closed, final, too many different emojis), bad_request
 */
export async function choose(
  deps: Services,
  spot: Spot,
  choices: readonly Choice[],
): Promise<Chosen> {
  const refused = await refusals(deps.db, spot, choices)
  const admitted = choices.filter(({ user }) => !refused.has(user))
  if (admitted.length === 0)
    return { results: resultsOf(choices, refused, new Map()), dueInMs: null }
  const done = await deps.db.tx(async tx => {
    await holdChoices(tx, spot)
    const atMs = deps.clock.now()
    const reactions = await react(tx, spot, admitted.filter(isReaction), atMs)
    const votes = await vote(tx, spot, admitted.filter(isVote), atMs)
    const changed = [...reactions.changed, ...votes.changed]
    const dueInMs = changed.length > 0 ? await markDirty(tx, spot) : null
    const users = admitted.map(({ user }) => user)
    const own = new Map(
      (await readOwnChoices(tx, spot.chat, [spot.seq], users)).map(each => [each.user, each.own]),
    )
    const batch = await tellOwn(tx, spot, changed, own)
    return { dueInMs, own, batch, refused: [...reactions.refused, ...votes.refused] }
  })
  if (done.batch) deps.publish(done.batch)
  for (const [user, error] of done.refused) refused.set(user, error)
  const own = new Map(choices.map(({ user }) => [user, done.own.get(user) ?? { seq: spot.seq }]))
  return { results: resultsOf(choices, refused, own), dueInMs: done.dueInMs }
}

function resultsOf(
  choices: readonly Choice[],
  refused: ReadonlyMap<UserId, AppError>,
  own: ReadonlyMap<UserId, Own>,
): (Own | AppError)[] {
  return choices.map(({ user }) => {
    const result = refused.get(user) ?? own.get(user)
    assert(result !== undefined, 'every choice is refused or done')
    return result
  })
}

function isReaction(choice: Choice): choice is ReactionChoice {
  return 'emojis' in choice
}

function isVote(choice: Choice): choice is VoteChoice {
  return 'options' in choice
}

/** Whoever may not choose at all; the message may still be deleted before the choice is stored (tell-sums.ts mends that). */
async function refusals(
  db: Queryable,
  spot: Spot,
  choices: readonly Choice[],
): Promise<Map<UserId, AppError>> {
  const users = choices.map(({ user }) => user)
  const [subject, members] = await Promise.all([
    readSubject(db, spot),
    readMembersOf(db, spot.chat, users),
  ])
  const places = new Map(members.map(member => [member.user_id, member]))
  const refused = new Map<UserId, AppError>()
  for (const choice of choices) {
    const place = places.get(choice.user)
    const refusal =
      subject && place && isActive(place.role)
        ? refusalOf(choice, subject, place)
        : new AppError('not_found')
    if (refusal) refused.set(choice.user, refusal)
  }
  return refused
}

function refusalOf(
  choice: Choice,
  subject: Subject,
  place: { role: Role; rights: number },
): AppError | undefined {
  if (subject.deleted) return new AppError('conflict', { detail: 'The message is deleted.' })
  if (subject.chat === 'direct' && (subject.rights & right.post) === 0) {
    return new AppError('forbidden')
  }
  if (isVote(choice))
    return subject.kind === messageKind.poll ? undefined : new AppError('not_found')
  if (subject.kind === messageKind.service) {
    return new AppError('conflict', { detail: 'Nobody reacts to a service message.' })
  }
  if (choice.emojis.length === 0) return undefined
  if (place.role === 'restricted' && (place.rights & right.post) === 0)
    return new AppError('forbidden')
  const allowed = allowedReactions(subject.reactions)
  return choice.emojis.every(emoji => allowed.includes(emoji))
    ? undefined
    : new AppError('forbidden', { detail: 'This chat does not allow that reaction.' })
}

async function react(
  tx: Queryable,
  spot: Spot,
  choices: readonly ReactionChoice[],
  atMs: number,
): Promise<Outcome> {
  const outcome: Outcome = { changed: [], refused: new Map() }
  if (choices.length === 0) return outcome
  const before = await readReactionsOf(
    tx,
    spot,
    choices.map(({ user }) => user),
  )
  const gone: typeof before = []
  const added: typeof before = []
  let known: Set<string> | undefined
  for (const { user, emojis } of choices) {
    const had = before.filter(each => each.user === user).map(each => each.emoji)
    const news = [...new Set(emojis)].filter(emoji => !had.includes(emoji))
    const old = had.filter(emoji => !emojis.includes(emoji))
    if (news.length + old.length === 0) continue
    if (news.length > 0) known ??= new Set(await readEmojis(tx, spot))
    const different = new Set([...(known ?? []), ...news])
    if (
      news.length > 0 &&
      different.size > limits.reactionEmojisMax &&
      different.size > (known?.size ?? 0)
    ) {
      outcome.refused.set(user, tooManyEmojis())
      continue
    }
    if (known) known = different
    gone.push(...old.map(emoji => ({ user, emoji })))
    added.push(...news.map(emoji => ({ user, emoji })))
    outcome.changed.push(user)
  }
  if (outcome.changed.length > 0) await changeReactions(tx, spot, { gone, added, atMs })
  return outcome
}

function tooManyEmojis(): AppError {
  const detail = `A message has at most ${limits.reactionEmojisMax} different reactions.`
  return new AppError('conflict', { detail })
}

async function vote(
  tx: Queryable,
  spot: Spot,
  choices: readonly VoteChoice[],
  atMs: number,
): Promise<Outcome> {
  const outcome: Outcome = { changed: [], refused: new Map() }
  if (choices.length === 0) return outcome
  const poll = await readPoll(tx, spot)
  const before = await readVotesOf(
    tx,
    spot,
    choices.map(({ user }) => user),
  )
  const gone: typeof before = []
  const added: typeof before = []
  for (const { user, options } of choices) {
    const had = before.filter(each => each.user === user).map(each => each.option)
    const news = [...new Set(options)].filter(option => !had.includes(option))
    const old = had.filter(option => !options.includes(option))
    // The same again is fine, also after the end: its first answer may have been lost.
    if (poll && news.length + old.length === 0) continue
    const refusal = voteRefusal(poll, new Set(options).size, Math.max(-1, ...options), had.length)
    if (refusal) {
      outcome.refused.set(user, refusal)
      continue
    }
    gone.push(...old.map(option => ({ user, option })))
    added.push(...news.map(option => ({ user, option })))
    outcome.changed.push(user)
  }
  if (outcome.changed.length > 0) await changeVotes(tx, spot, { gone, added, atMs })
  return outcome
}

/** @param count options wanted @param highest of them @param had options that the user had before */
function voteRefusal(
  poll: Awaited<ReturnType<typeof readPoll>>,
  count: number,
  highest: number,
  had: number,
): AppError | undefined {
  if (!poll) return new AppError('not_found')
  if (poll.closed) return new AppError('conflict', { detail: 'The poll is closed.' })
  if (highest >= poll.options)
    return new AppError('bad_request', { detail: 'There is no such option.' })
  if (count > 1 && !poll.multiple)
    return new AppError('bad_request', { detail: 'Choose one option.' })
  const isFinal = poll.correct !== null && had > 0
  return isFinal ? new AppError('conflict', { detail: 'A vote in a quiz is final.' }) : undefined
}

/** Tells each chooser's own devices, and notes that those away have to look again. */
async function tellOwn(
  tx: Queryable,
  { chat, seq }: Spot,
  changed: readonly UserId[],
  own: ReadonlyMap<UserId, Own>,
): Promise<{ outbox: number; events: BusEvent[] } | null> {
  if (changed.length === 0) return null
  const urevs = await nextUrevs(tx, changed)
  await touchSections(tx, urevs, 'rows')
  const users = [...urevs].map(([user, urev]) => ({ user, urev }))
  const events = users.map(({ user, urev }): BusEvent => {
    const body = { chat, ...(own.get(user) ?? { seq }) }
    return {
      type: 'user',
      user,
      urev: urev as Urev,
      frame: Buffer.from(userFrame('own', urev, body)),
    }
  })
  return { outbox: await noteInOutbox(tx, { chats: [], users }), events }
}
