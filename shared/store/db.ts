// The connection to PostgreSQL: one pool for everything, and single connections for the lanes.
// Numbers come back as numbers: bigint (our ids stay below 2^53) and timestamptz (ms since 1970).

import pg from 'pg'
import { AppError } from '#shared/protocol/codes.ts'
import { assert } from '#shared/runtime/assert.ts'

/** A statement: lower-case SQL with $1…; `name` makes PostgreSQL prepare it once per connection. */
export interface Statement {
  name?: string
  text: string
  values?: readonly unknown[]
}

/**
 * Runs statements; a pool, one connection, or a transaction. Outside a transaction a statement is one of its own, so one
 * that PostgreSQL ended to break a deadlock is run again, at most 3 times in all: nothing of it was done.
 */
export interface Queryable {
  /** @throws AppError `overloaded` or `timeout` when PostgreSQL is away or too slow; PgError otherwise */
  query<Row>(statement: Statement): Promise<Row[]>
}

/** The pool. */
export interface Db extends Queryable {
  /**
   * Runs `work` in one transaction, again (at most 3 times) after a deadlock or a serialisation failure,
   * so `work` must have no effects but its statements.
   */
  tx<Result>(work: (tx: Queryable) => Promise<Result>): Promise<Result>
  /** A connection of its own that reconnects by itself, for one user at a time. */
  lane(): Queryable
  close(): Promise<void>
}

/** Gives every further statement of a transaction so much time: one that takes longer fails with `timeout`. */
export async function limitStatements(tx: Queryable, ms: number): Promise<void> {
  await tx.query({
    name: 'statement-timeout',
    text: `select set_config('statement_timeout', $1::text, true)`,
    values: [String(ms)],
  })
}

/** Runs `work` inside of a transaction so that what it did is undone, and the transaction goes on, when PostgreSQL refuses it. */
export async function inSavepoint<Result>(
  tx: Queryable,
  work: () => Promise<Result>,
): Promise<{ result: Result } | { refused: PgError }> {
  await tx.query({ text: 'savepoint inside' })
  try {
    return { result: await work() }
  } catch (error) {
    // Of a deadlock the whole transaction is repeated.
    if (!(error instanceof PgError) || error.code.startsWith('40')) throw error
    await tx.query({ text: 'rollback to savepoint inside' })
    return { refused: error }
  }
}

/** The error of a failed statement, with the constraint that it broke. */
export class PgError extends Error {
  override readonly name = 'PgError'
  readonly code: string
  readonly constraint: string | undefined

  constructor(cause: pg.DatabaseError) {
    super(cause.message, { cause })
    this.code = cause.code ?? ''
    this.constraint = cause.constraint
  }
}

/** Whether the error says that a unique constraint (of this name) was broken. */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  return (
    error instanceof PgError &&
    error.code === '23505' &&
    (constraint === undefined || error.constraint === constraint)
  )
}

export interface DbOptions {
  url: string
  /** Connections of the pool at most. */
  poolMax: number
  /** Shown in pg_stat_activity. */
  name: string
  /** Called when an idle connection breaks; the pool heals by itself. */
  onError?: (error: Error) => void
}

const int8 = 20
const int8Array = 1016
const timestamptz = 1184

function typeParsers(): pg.TypeOverrides {
  const types = new pg.TypeOverrides()
  const date = pg.types.getTypeParser(timestamptz) as (text: string) => Date
  types.setTypeParser(int8, toNumber)
  types.setTypeParser(
    int8Array,
    text => (text === '{}' ? [] : text.slice(1, -1).split(',').map(toNumberOrNull)) as never,
  )
  types.setTypeParser(timestamptz, text => date(text).getTime())
  return types
}

/** Elements of an array may be null. */
function toNumberOrNull(text: string): number | null {
  return text === 'NULL' ? null : toNumber(text)
}

function toNumber(text: string): number {
  const value = Number(text)
  assert(Number.isSafeInteger(value), 'every bigint of ours stays below 2^53')
  return value
}

const settings = [
  'statement_timeout=5000',
  'lock_timeout=3000',
  // Shorter than lock_timeout: a process that stalls with a chat's lock loses it before the lanes behind it give up.
  'idle_in_transaction_session_timeout=2500',
  // A plan made while a table was empty scans all of it, and is kept until the next analyze, a minute later or so:
  // a batch of 64 messages took 34 ms instead of 1.4 once 10,000 were stored. Every statement here has its index.
  'enable_seqscan=off',
  // Up to PostgreSQL 17 a forbidden scan counts as very dear, which would have such statements compiled at each call.
  'jit=off',
  // Plans depend on no parameter's value, so they are made once per connection. Left alone, PostgreSQL made a new one
  // for every small batch of messages: a call of one message took 1.07 ms, of which 0.5 went into planning; now 0.47.
  'plan_cache_mode=force_generic_plan',
]

const attemptsMax = 3

/** Opens the pool; connects at the first statement. */
export function openDb(options: DbOptions): Db {
  const onError = options.onError ?? (() => undefined)
  const connection = {
    connectionString: options.url,
    application_name: options.name,
    options: settings.map(setting => `-c ${setting}`).join(' '),
    types: typeParsers(),
    connectionTimeoutMillis: 3_000,
    // Longer than statement_timeout: fires only when PostgreSQL itself hangs.
    query_timeout: 8_000,
    keepAlive: true,
  }
  const pool = new pg.Pool({ ...connection, max: options.poolMax, idleTimeoutMillis: 60_000 })
  pool.on('error', onError)
  // A lane is a pool of one: it reconnects after a loss, which a bare client does not.
  const lanes: pg.Pool[] = []
  return {
    query: statement => repeat(() => run(pool, statement)),
    tx: work => repeat(() => transact(pool, work)),
    lane() {
      const one = new pg.Pool({ ...connection, max: 1, idleTimeoutMillis: 0 })
      one.on('error', onError)
      lanes.push(one)
      return { query: statement => repeat(() => run(one, statement)) }
    },
    async close() {
      await Promise.all([pool, ...lanes].map(each => each.end()))
    },
  }
}

async function run<Row>(on: pg.Pool | pg.PoolClient, statement: Statement): Promise<Row[]> {
  try {
    const result = await on.query(statement as pg.QueryConfig)
    return result.rows as Row[]
  } catch (error) {
    throw translate(error)
  }
}

/** Runs a whole transaction again after a deadlock or a serialisation failure. */
async function repeat<Result>(transaction: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await transaction()
    } catch (error) {
      const again = error instanceof PgError && (error.code === '40P01' || error.code === '40001')
      if (!again || attempt === attemptsMax) throw error
    }
  }
}

async function transact<Result>(
  pool: pg.Pool,
  work: (tx: Queryable) => Promise<Result>,
): Promise<Result> {
  const client = await pool.connect().catch(error => {
    throw translate(error)
  })
  let broken: Error | undefined
  // A connection that ends between two statements says so by an event, which nobody else listens to while the
  // client is out of the pool: unheard, it would end the process.
  const onLost = (error: Error) => {
    broken = error
  }
  client.on('error', onLost)
  try {
    await run(client, { text: 'begin' })
    const result = await work({ query: statement => run(client, statement) })
    await run(client, { text: 'commit' })
    return result
  } catch (error) {
    await run(client, { text: 'rollback' }).catch(cause => {
      broken = cause
    })
    throw error
  } finally {
    client.release(broken)
    client.off('error', onLost)
  }
}

/** SQLSTATEs that say "try again later": connection, resources, shutdown. */
const away = /^(08|53|57P0)/

function translate(error: unknown): Error {
  if (error instanceof pg.DatabaseError) {
    const code = error.code ?? ''
    if (away.test(code)) return new AppError('overloaded', { cause: error, retryMs: 1_000 })
    if (code === '57014' || code === '55P03') return new AppError('timeout', { cause: error })
    return new PgError(error)
  }
  // Everything else that `pg` rejects with is a lost or refused connection.
  return new AppError('overloaded', { cause: error, retryMs: 1_000 })
}
