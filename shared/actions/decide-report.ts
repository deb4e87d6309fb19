// What operators do with reports. Each decision is final, noted in the log of administrative acts, and tells nobody who
// made it.

import { AppError } from '#shared/protocol/codes.ts'
import type { ReportDecision } from '#shared/protocol/http.ts'
import type { ChatId, SessionId, UserId } from '#shared/protocol/ids.ts'
import { assert } from '#shared/runtime/assert.ts'
import type { Queryable } from '#shared/store/db.ts'
import { messageKind, readMessages } from '#shared/store/messages.ts'
import {
  banUser,
  closeReport,
  holdReport,
  isOperator,
  type Report,
  readReport,
} from '#shared/store/reports.ts'
import { revokeSessions } from '#shared/store/sessions.ts'
import { type AccountServices, announceRevoked } from './account-services.ts'
import { type ChatChange, openChange } from './change-chat.ts'
import { openSaved } from './create-chat.ts'
import { dropMessages } from './drop-messages.ts'

type Deps = Pick<AccountServices, 'db' | 'clock' | 'publish' | 'report'>

interface Decision extends Required<ReportDecision> {
  operator: UserId
  /** Of a warning: where it is written. */
  saved: ChatId | undefined
}

/** What a decision did besides closing the report. */
interface Done {
  change?: ChatChange
  revoked?: SessionId[]
}

/**
 * Closes a report: dismisses it, deletes the reported messages for everybody, warns whom it is about (a message in
 * their saved messages), or closes their account: signed out everywhere within a second, and nobody signs in again.
 * @throws AppError not_found, conflict (closed already, or there is nothing of that kind to act on)
 */
export async function decideReport(
  deps: Deps,
  operator: UserId,
  id: number,
  { action, note = '' }: ReportDecision,
): Promise<Report> {
  // Made in a transaction of its own, before this one holds anything.
  const saved = action === 'warn' ? await openSaved(deps, await personOf(deps, id)) : undefined
  const { closed, batch, revoked } = await deps.db.tx(async tx => {
    const open = await holdReport(tx, id)
    if (!open) throw new AppError('not_found')
    if (open.state === 'closed')
      throw new AppError('conflict', { detail: 'It is decided already.' })
    const done = await act(deps, tx, open, { operator, action, note, saved })
    const closed = await closeReport(tx, open, { by: operator, action, note })
    return { closed, batch: await done.change?.store(), revoked: done.revoked ?? [] }
  })
  if (batch) deps.publish(batch)
  if (closed.user !== undefined) announceRevoked(deps, closed.user, revoked, 'banned')
  return closed
}

async function act(
  deps: Deps,
  tx: Queryable,
  report: Report,
  { operator, action, note, saved }: Decision,
): Promise<Done> {
  switch (action) {
    case 'dismiss':
      return {}
    case 'delete':
      return { change: await deleteReported(deps, tx, operator, report) }
    case 'warn':
      return { change: await warn(deps, tx, report, { note, saved }) }
    case 'ban':
      return { revoked: await ban(tx, report) }
    default:
      return action satisfies never
  }
}

async function deleteReported(
  deps: Deps,
  tx: Queryable,
  operator: UserId,
  { chat, seqs }: Report,
): Promise<ChatChange> {
  if (seqs.length === 0) throw new AppError('conflict', { detail: 'It names no messages.' })
  const change = await openChange(deps, tx, chat, operator)
  const stored = await readMessages(tx, chat, seqs)
  await dropMessages(
    change,
    stored.flatMap(({ message }) => (message.deleted ? [] : [message])),
  )
  return change
}

async function warn(
  deps: Deps,
  tx: Queryable,
  { user, reason }: Report,
  { note, saved }: Pick<Decision, 'note' | 'saved'>,
): Promise<ChatChange> {
  assert(user !== undefined && saved !== undefined, 'whom to warn was found before')
  // As if they had written it themself: nobody learns who of the operators did.
  const change = await openChange(deps, tx, saved, user)
  const svc = { t: 'warning', text: note === '' ? reason : note }
  await change.addMessage({ from: user, kind: messageKind.service, extra: { svc } })
  return change
}

async function ban(tx: Queryable, { user }: Report): Promise<SessionId[]> {
  if (user === undefined) throw namesNobody()
  if (await isOperator(tx, user))
    throw new AppError('conflict', { detail: 'Operators are not banned.' })
  // The account first: whoever is signing in at this moment holds its row, and is signed out below.
  await banUser(tx, user)
  return revokeSessions(tx, user, null)
}

async function personOf({ db }: Deps, id: number): Promise<UserId> {
  const report = await readReport(db, id)
  if (!report) throw new AppError('not_found')
  if (report.user === undefined) throw namesNobody()
  return report.user
}

function namesNobody(): AppError {
  return new AppError('conflict', { detail: 'It names nobody.' })
}
