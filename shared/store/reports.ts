// Reports to the operators: what was reported, as it was then, and what was decided. And who the operators are.

import type { ChatId, Seq, UserId } from '#shared/protocol/ids.ts'
import type { Message, User } from '#shared/protocol/models.ts'
import type { ChatKind } from '#shared/protocol/permissions.ts'
import type { ReportReason } from '#shared/protocol/privacy.ts'
import type { Queryable } from './db.ts'

/** A copy of what was reported, made in the same transaction. */
export interface Evidence {
  chat: { kind: ChatKind; title?: string; username?: string }
  messages: Message[]
  user?: User
}

export interface NewReport {
  reporter: UserId
  chat: ChatId
  user: UserId | null
  seqs: readonly Seq[]
  reason: ReportReason
  text: string
  evidence: Evidence
}

export interface Report extends Omit<NewReport, 'user' | 'seqs'> {
  id: number
  user?: UserId
  seqs: Seq[]
  state: 'open' | 'closed'
  /** ms since 1970. */
  at: number
  closedAt?: number
  closedBy?: UserId
  action?: string
  note?: string
}

interface ReportRow {
  id: number
  reporter: UserId
  chat: ChatId
  user: UserId | null
  seqs: Seq[]
  reason: ReportReason
  text: string
  evidence: Evidence
  state: 'open' | 'closed'
  at: number
  closed_at: number | null
  closed_by: UserId | null
  action: string | null
  note: string
}

const reportColumns = `r.id, r.reporter_id as reporter, r.chat_id as chat, r.user_id as "user", r.seqs, r.reason, r.text,
  r.evidence, r.state, r.created_at as at, r.closed_at, r.closed_by, r.action, r.note`

function toReport({ user, closed_at, closed_by, action, note, ...row }: ReportRow): Report {
  return {
    ...row,
    ...(user !== null && { user }),
    ...(closed_at !== null && { closedAt: closed_at }),
    ...(closed_by !== null && { closedBy: closed_by }),
    ...(action !== null && { action }),
    ...(note !== '' && { note }),
  }
}

/** Makes the reports of one user wait for each other, and says how many of the last 24 hours there are and when the first of them ends. */
export async function countReports(
  tx: Queryable,
  reporter: UserId,
): Promise<{ count: number; waitMs: number }> {
  await tx.query({
    name: 'reporter-lock',
    text: 'select 1 from users where id = $1 for no key update',
    values: [reporter],
  })
  const rows = await tx.query<{ count: number; wait_ms: number }>({
    name: 'reports-count',
    text: `select count(*)::int as count,
             coalesce(ceil(extract(epoch from min(created_at) + interval '24 hours' - clock_timestamp()) * 1000), 0)::float8 as wait_ms
           from reports where reporter_id = $1 and created_at > clock_timestamp() - interval '24 hours'`,
    values: [reporter],
  })
  const { count = 0, wait_ms: waitMs = 0 } = rows[0] ?? {}
  return { count, waitMs }
}

export async function insertReport(tx: Queryable, report: NewReport): Promise<number> {
  const rows = await tx.query<{ id: number }>({
    name: 'report-insert',
    text: `insert into reports (reporter_id, chat_id, user_id, seqs, reason, text, evidence)
           values ($1, $2, $3, $4, $5, $6, $7::jsonb) returning id`,
    values: [
      report.reporter,
      report.chat,
      report.user,
      report.seqs,
      report.reason,
      report.text,
      JSON.stringify(report.evidence),
    ],
  })
  return (rows[0] as { id: number }).id
}

/** A page by id, oldest first. Index: reports_state. */
export async function readReports(
  db: Queryable,
  state: 'open' | 'closed',
  after: number,
  limit: number,
): Promise<Report[]> {
  const rows = await db.query<ReportRow>({
    name: 'reports-page',
    text: `select ${reportColumns} from reports r where r.state = $1 and r.id > $2 order by r.id limit $3`,
    values: [state, after, limit],
  })
  return rows.map(toReport)
}

/** One report, without holding it. */
export async function readReport(db: Queryable, id: number): Promise<Report | undefined> {
  const rows = await db.query<ReportRow>({
    name: 'report',
    text: `select ${reportColumns} from reports r where r.id = $1`,
    values: [id],
  })
  return rows[0] && toReport(rows[0])
}

/** One report, held until the transaction ends: two operators never decide the same one. */
export async function holdReport(tx: Queryable, id: number): Promise<Report | undefined> {
  const rows = await tx.query<ReportRow>({
    text: `select ${reportColumns} from reports r where r.id = $1 for no key update`,
    values: [id],
  })
  return rows[0] && toReport(rows[0])
}

/** Closes a report and notes it in the log of administrative acts. */
export async function closeReport(
  tx: Queryable,
  report: Pick<Report, 'id' | 'chat' | 'user'>,
  decision: { by: UserId; action: string; note: string },
): Promise<Report> {
  const rows = await tx.query<ReportRow>({
    text: `update reports r set state = 'closed', closed_at = clock_timestamp(), closed_by = $2, action = $3, note = $4
           where r.id = $1 returning ${reportColumns}`,
    values: [report.id, decision.by, decision.action, decision.note],
  })
  await tx.query({
    // Without a chat: the members who run it must not read who of the operators did what.
    text: 'insert into audit_log (actor_id, action, detail) values ($1, $2, $3::jsonb)',
    values: [
      decision.by,
      `report.${decision.action}`,
      JSON.stringify({
        report: report.id,
        chat: report.chat,
        ...(report.user !== undefined && { user: report.user }),
        ...(decision.note !== '' && { note: decision.note }),
      }),
    ],
  })
  return toReport(rows[0] as ReportRow)
}

/** Whether this account works off reports. */
export async function isOperator(db: Queryable, user: UserId): Promise<boolean> {
  const rows = await db.query<{ operator: boolean }>({
    name: 'operator',
    text: 'select operator from users where id = $1 and deleted_at is null',
    values: [user],
  })
  return rows[0]?.operator ?? false
}

/** Closes an account for good: nobody signs in to it. @returns false when there is none, or it is closed already */
export async function banUser(tx: Queryable, user: UserId): Promise<boolean> {
  const rows = await tx.query({
    text: `update users set banned_at = clock_timestamp()
           where id = $1 and banned_at is null and deleted_at is null returning id`,
    values: [user],
  })
  return rows.length > 0
}
