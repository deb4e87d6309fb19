// `npm run docs`: writes the tables of docs/ that repeat code, between `<!-- generated:name -->` and
// `<!-- /generated:name -->`. The prose around them is written by hand; test/docs.test.ts fails on drift.

import { readFileSync, writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import type * as z from 'zod'
import { closeCodes, errorCodes } from '#shared/protocol/codes.ts'
import { entity } from '#shared/protocol/entities.ts'
import { chatEvents, controls, ephemerals, userEvents } from '#shared/protocol/events.ts'
import { limits, plans } from '#shared/protocol/limits.ts'
import * as models from '#shared/protocol/models.ts'
import { ops, reservedOps } from '#shared/protocol/ops.ts'
import { right } from '#shared/protocol/permissions.ts'
import { settingsTable } from '#shared/runtime/config.ts'
import { describeShape, expand } from './describe-shape.ts'

type Tables = Record<string, () => string>

/** Which file holds which tables. */
export const documents: Record<string, Tables> = {
  'docs/PROTOCOL.md': {
    ops: opTable,
    'reserved-ops': () => table(['op', 'for'], Object.entries(reservedOps)),
    'chat-events': () => eventTable(chatEvents),
    'user-events': () => eventTable(userEvents),
    ephemerals: () => eventTable(ephemerals),
    controls: () => eventTable(controls),
    models: modelTable,
    rights: () =>
      table(
        ['bit', 'right'],
        Object.entries(right).map(([name, bit]) => [String(bit), code(name)]),
      ),
    'error-codes': errorTable,
    'close-codes': closeTable,
    limits: limitTable,
    plans: planTable,
  },
  'docs/DEPLOYMENT.md': { settings: settingsTable },
}

const names: ReadonlyMap<z.ZodType, string> = new Map<z.ZodType, string>([
  [models.message, 'Message'],
  [models.poll, 'Poll'],
  [models.own, 'Own'],
  [models.reactor, 'Reactor'],
  [models.voter, 'Voter'],
  [models.user, 'User'],
  [models.mine, 'Mine'],
  [models.chat, 'Chat'],
  [models.member, 'Member'],
  [models.invite, 'Invite'],
  [models.diff, 'Diff'],
  [models.role, 'Role'],
  [models.chatKind, 'Kind'],
  [entity, 'Entity'],
])

/**
 * The text with every table renewed.
 * @throws Error when a table's markers are missing, doubled or unknown
 */
export function renew(text: string, tables: Tables): string {
  let result = text
  for (const [name, make] of Object.entries(tables)) {
    const [open, close] = [`<!-- generated:${name} -->`, `<!-- /generated:${name} -->`]
    const parts = result.split(open)
    const [before, rest] = parts
    if (before === undefined || rest === undefined || parts.length !== 2 || !rest.includes(close)) {
      throw new Error(`the document needs ${open} … ${close}, once`)
    }
    result = `${before}${open}\n${make().trimEnd()}\n${rest.slice(rest.indexOf(close))}`
  }
  const unknown = [...result.matchAll(/<!-- generated:(\S+) -->/g)].find(
    match => !Object.hasOwn(tables, match[1] ?? ''),
  )
  if (unknown) throw new Error(`no table is named ${unknown[1]}`)
  return result
}

/** One row for each op: number, name, body in, result, what it does. */
function opTable(): string {
  const rows = Object.entries(ops).map(([name, op]) => [
    String(op.op),
    code(name),
    code(describeShape(op.in, names)),
    code(describeShape(op.out, names)),
    op.doc,
  ])
  return table(['op', 'name', 'body', 'result', 'what it does'], rows)
}

function eventTable(
  events: Record<string, { kind: number; body: z.ZodType; doc: string }>,
): string {
  const rows = Object.entries(events).map(([name, event]) => [
    String(event.kind),
    code(name),
    code(describeShape(event.body, names)),
    event.doc,
  ])
  return table(['kind', 'name', 'body', 'meaning'], rows)
}

function modelTable(): string {
  return table(
    ['name', 'shape'],
    [...names].map(([shape, name]) => [code(name), code(expand(shape, names))]),
  )
}

function errorTable(): string {
  const rows = Object.entries(errorCodes).map(([name, { http, retry, message }]) => [
    code(name),
    String(http),
    retry ? 'yes' : '',
    message,
  ])
  return table(['code', 'HTTP', 'retry', 'meaning'], rows)
}

function closeTable(): string {
  const rows = Object.entries(closeCodes).map(([name, { code: number, reconnect, message }]) => [
    String(number),
    code(name),
    reconnect ?? 'no',
    message,
  ])
  return table(['code', 'name', 'reconnect', 'meaning'], rows)
}

function limitTable(): string {
  return table(
    ['limit', 'value'],
    Object.entries(limits).map(([name, value]) => [code(name), String(value)]),
  )
}

function planTable(): string {
  const rows = Object.entries(plans.free).map(([name, value]) => [
    code(name),
    String(value ?? 'no limit'),
    String(plans.premium[name as keyof typeof plans.premium] ?? 'no limit'),
  ])
  return table(['limit', 'free', 'premium'], rows)
}

function code(text: string): string {
  return `\`${text}\``
}

function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]) =>
    `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line), ''].join('\n')
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  for (const [path, tables] of Object.entries(documents)) {
    writeFileSync(path, renew(readFileSync(path, 'utf8'), tables))
  }
}
