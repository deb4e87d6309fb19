// A folder while it is edited: every part of its rule as a form has it, and back. Pure.

import type { Folder, FolderRule } from '#client/types.ts'
import type { ChatId } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'

export const chatKinds = ['direct', 'group', 'channel', 'saved'] as const
export type ChatKind = (typeof chatKinds)[number]
/** A part of a rule that narrows it down one way, the other way or not at all. */
export type Narrowing = 'all' | 'yes' | 'no'

export interface FolderForm {
  title: string
  /** Without it only `include` counts. */
  byRule: boolean
  kinds: readonly ChatKind[]
  contacts: Narrowing
  muted: Narrowing
  unread: boolean
  archived: boolean
  include: readonly ChatId[]
  exclude: readonly ChatId[]
}

/** An empty folder with the lowest number that none of these has: others may have numbers up to the highest there is. */
export function newFolder(others: readonly Folder[]): Folder {
  let id = 1
  while (others.some(other => other.id === id)) id++
  return { id, title: '', rule: {} }
}

export function formOf({ title, rule, include = [], exclude = [] }: Folder): FolderForm {
  return {
    title,
    byRule: rule !== undefined,
    // Another client may have named one twice.
    kinds: chatKinds.filter(kind => rule?.kinds?.includes(kind) ?? true),
    contacts: narrowingOf(rule?.contacts),
    muted: narrowingOf(rule?.muted),
    unread: rule?.unread ?? false,
    archived: rule?.archived ?? false,
    include,
    exclude,
  }
}

export function folderOf(id: number, form: FolderForm): Folder {
  const { title, byRule, include } = form
  const exclude = excludedBy(form)
  return {
    id,
    title: title.trim(),
    ...(byRule && { rule: ruleOf(form) }),
    ...(include.length > 0 && { include: [...include] }),
    ...(exclude.length > 0 && { exclude: [...exclude] }),
  }
}

/** What is wrong with it; null when it may be stored. */
export function mistakeOf(form: FolderForm): 'empty' | 'tooMany' | null {
  const shows = (form.byRule && form.kinds.length > 0) || form.include.length > 0
  if (!shows) return 'empty'
  return form.include.length + excludedBy(form).length > limits.folderChatsMax ? 'tooMany' : null
}

/** Without a rule there is nothing to leave out, and the form does not show it. */
function excludedBy({ byRule, exclude }: FolderForm): readonly ChatId[] {
  return byRule ? exclude : []
}

function ruleOf({ kinds, contacts, muted, unread, archived }: FolderForm): FolderRule {
  return {
    ...(kinds.length < chatKinds.length && { kinds: [...kinds] }),
    ...(contacts !== 'all' && { contacts: contacts === 'yes' }),
    ...(muted !== 'all' && { muted: muted === 'yes' }),
    ...(unread && { unread }),
    ...(archived && { archived }),
  }
}

function narrowingOf(value: boolean | undefined): Narrowing {
  if (value === undefined) return 'all'
  return value ? 'yes' : 'no'
}
