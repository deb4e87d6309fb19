// What the server asks of PostgreSQL in a measured window, by pg_stat_statements, which a stack for profiles loads.
// Statements inside of functions count on their own too, and say so. The seed's connection reads it.

import type { OnMark } from '../generator/load.ts'
import type { Statement } from '../report/model.ts'

/** Of a stack whose statements are to be seen. */
export const statementSettings = {
  shared_preload_libraries: 'pg_stat_statements',
  'pg_stat_statements.track': 'all',
} as const

const shownMax = 15
const charsMax = 400

/** A connection that no measured process waits for. */
export interface Asker {
  query<Row>(statement: { text: string; values?: readonly unknown[] }): Promise<Row[]>
}

interface Row {
  query: string
  calls: number
  total_ms: number
  rows: number
  inside: boolean
}

/** Makes the view, once a database. */
export async function openStatements(db: Asker): Promise<void> {
  await db.query({ text: 'create extension if not exists pg_stat_statements' })
}

/** The statements of one window. */
export class StatementWatch {
  readonly #db: Asker
  #found: Promise<Row[]> = Promise.reject(new Error('the window did not end'))

  constructor(db: Asker) {
    this.#db = db
    this.#found.catch(() => undefined)
  }

  onMark: OnMark = mark => {
    const work = mark === 'begin' ? this.#forget() : this.#found.then(() => this.#read())
    this.#found = work
    work.catch(() => undefined)
  }

  /** Those that took longest together, once the window is over. @param window the label it goes by */
  async top(scenario: string, window: string): Promise<Statement[]> {
    return (await this.#found).map(({ query, calls, total_ms: totalMs, rows, inside }) => ({
      scenario,
      window,
      query: shortened(query),
      inside,
      calls,
      totalMs,
      meanMs: totalMs / calls,
      rows,
    }))
  }

  async #forget(): Promise<Row[]> {
    await this.#db.query({ text: 'select pg_stat_statements_reset()' })
    return []
  }

  #read(): Promise<Row[]> {
    return this.#db.query<Row>({
      text: `select query, sum(calls)::float8 as calls, sum(total_exec_time)::float8 as total_ms,
         sum(rows)::float8 as rows, not bool_or(toplevel) as inside
       from pg_stat_statements
       where dbid = (select oid from pg_database where datname = current_database())
         and query not like '%pg_stat_statements%'
       group by queryid, query order by total_ms desc limit $1`,
      values: [shownMax],
    })
  }
}

/** On one line, without what a reader need not see. */
function shortened(query: string): string {
  const line = query.replaceAll(/\s+/g, ' ').trim()
  return line.length <= charsMax ? line : `${line.slice(0, charsMax - 1)}…`
}
