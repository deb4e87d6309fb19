// Link previews: what was found behind a link, kept for a day, and the part of a message that shows it.

import { createHash } from 'node:crypto'
import type { ChatId, Rev, Seq } from '#shared/protocol/ids.ts'
import type { Preview } from '#shared/protocol/models.ts'
import type { Queryable } from './db.ts'

const keptS = 24 * 3600

function hashOf(url: string): Buffer {
  return createHash('sha256').update(url).digest()
}

/** @returns undefined when nobody looked within a day; null when there is nothing to show */
export async function readPreview(db: Queryable, url: string): Promise<Preview | null | undefined> {
  const rows = await db.query<{ preview: Preview | null }>({
    name: 'preview',
    text: `select preview from link_previews
           where hash = $1 and fetched_at > clock_timestamp() - make_interval(secs => $2)`,
    values: [hashOf(url), keptS],
  })
  return rows[0]?.preview
}

export async function storePreview(
  db: Queryable,
  url: string,
  preview: Preview | null,
): Promise<void> {
  await db.query({
    name: 'preview-store',
    text: `insert into link_previews (hash, preview) values ($1, $2::jsonb)
           on conflict (hash) do update set preview = excluded.preview, fetched_at = clock_timestamp()`,
    values: [hashOf(url), preview && JSON.stringify(preview)],
  })
}

/** Forgets what is older than a day. Index: link_previews_age. */
export async function forgetPreviews(db: Queryable, limit: number): Promise<void> {
  await db.query({
    name: 'previews-forget',
    text: `delete from link_previews where hash = any (array(
             select hash from link_previews where fetched_at < clock_timestamp() - make_interval(secs => $1)
             order by fetched_at limit $2))`,
    values: [keptS, limit],
  })
}

/** Puts a preview into a message, or takes it out. The caller holds the chat's lock. */
export async function updatePreview(
  tx: Queryable,
  chat: ChatId,
  seq: Seq,
  change: { rev: Rev; preview: Preview | null },
): Promise<void> {
  await tx.query({
    name: 'message-preview',
    text: `update messages set rev = $3, extra = case when $4::jsonb is null then nullif(extra - 'preview', '{}')
             else coalesce(extra, '{}') || jsonb_build_object('preview', $4::jsonb) end
           where chat_id = $1 and seq = $2`,
    values: [chat, seq, change.rev, change.preview && JSON.stringify(change.preview)],
  })
}
