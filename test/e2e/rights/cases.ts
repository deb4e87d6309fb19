// The rights matrix spread out: a case for each operation, kind of chat and column. Used by test/e2e/rights-matrix.test.ts.

import type { AppError } from '#shared/protocol/codes.ts'
import { type OpName, ops } from '#shared/protocol/ops.ts'
import {
  directColumns,
  type Kind,
  type RoomColumn,
  roomColumns,
  savedColumns,
} from '#test/helpers/matrix-world.ts'
import type { RawClient } from '#test/helpers/raw-client.ts'
import { choicesRows } from './choices.ts'
import { doorsRows } from './doors.ts'
import { membersRows } from './members.ts'
import { messagesRows } from './messages.ts'
import { readingRows } from './reading.ts'
import { roomsRows } from './rooms.ts'
import { letters, type Row, type Rows } from './row.ts'
import { scheduledRows } from './scheduled.ts'

const columns = {
  group: roomColumns,
  channel: roomColumns,
  direct: directColumns,
  saved: savedColumns,
}

export const names = Object.keys(ops) as OpName[]

const rows: Rows = {
  ...readingRows,
  ...messagesRows,
  ...choicesRows,
  ...scheduledRows,
  ...roomsRows,
  ...membersRows,
  ...doorsRows,
}

/** HELLO comes first and once; nothing else comes before it. */
export const withoutHello: readonly OpName[] = ['hello']

export interface Case {
  name: OpName
  what: string
  kind: Kind
  column: string
  actor: RoomColumn
  row: Row<OpName>
  expected: string
}

/** The rows of an operation by what sets them apart; none for one on no chat. */
export function rowsOf(name: OpName): [what: string, row: Row<OpName>][] {
  const found = rows[name] as Row<OpName> | Record<string, Row<OpName>> | undefined
  if (!found) return []
  return 'body' in found ? [['', found as Row<OpName>]] : Object.entries(found)
}

/** Who sends the request of a column. */
function actorOf(kind: Kind, column: string): RoomColumn {
  if (kind === 'group' || kind === 'channel') return column as RoomColumn
  return column === 'outsider' ? 'stranger' : 'member'
}

/** One for each kind of chat and each of those who ask there. @throws Error when a row has another number of answers */
export function casesOf(name: OpName): Case[] {
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
export async function answer(client: RawClient, name: OpName, body: unknown): Promise<string> {
  return client.ask(ops[name].op, body).then(
    () => 'ok',
    (error: AppError) => error.code,
  )
}
