// Link previews from wish to message: which message may get one, and the change that shows it.

import { isDeepStrictEqual } from 'node:util'
import * as z from 'zod'
import { AppError } from '#shared/protocol/codes.ts'
import { firstLink } from '#shared/protocol/first-link.ts'
import { id } from '#shared/protocol/ids.ts'
import { type Message, type Preview, theChat } from '#shared/protocol/models.ts'
import { updatePreview } from '#shared/store/link-previews.ts'
import { messageKind, readMessages, type StoredMessage } from '#shared/store/messages.ts'
import { commitChange, openChange } from './change-chat.ts'
import type { Services } from './services.ts'

/** A message whose link is to be looked at. */
export const previewJob = z.object({ chat: id.chat(), seq: id.seq(), url: z.string() })
export type PreviewJob = z.infer<typeof previewJob>

/** The link of a message that a preview would be of; null where none is wanted. */
export function linkToShow({
  text,
  ents,
  noPreview,
}: Pick<Message, 'text' | 'ents' | 'noPreview'>): string | null {
  return noPreview ? null : firstLink(text, ents)
}

/** Whether a message still wants a preview of this link: else nobody is to ask for it, either. */
export async function wantsPreview(
  { db }: Pick<Services, 'db'>,
  { chat, seq, url }: PreviewJob,
): Promise<boolean> {
  const [stored] = await readMessages(db, chat, [seq])
  return isWanted(stored, url)
}

/**
 * Shows a preview at a message, if that still has the link; the same again changes nothing.
 * @returns whether the message changed
 * @throws AppError overloaded, timeout
 */
export async function showPreview(
  deps: Services,
  { chat, seq, url }: PreviewJob,
  preview: Preview,
): Promise<boolean> {
  return commitChange(deps, async tx => {
    const change = await openChange(deps, tx, chat, theChat)
    const [stored] = await readMessages(tx, chat, [seq])
    if (!isWanted(stored, url) || isDeepStrictEqual(stored.message.preview, preview))
      return { change: null, result: false }
    const rev = change.nextRev()
    await updatePreview(tx, chat, seq, { rev, preview })
    change.emit('changed', rev, { ...stored.message, preview, rev })
    return { change, result: true }
  }).catch(goneIsFine)
}

function isWanted(stored: StoredMessage | undefined, url: string): stored is StoredMessage {
  return (
    stored?.kind === messageKind.text &&
    !stored.message.deleted &&
    linkToShow(stored.message) === url
  )
}

function goneIsFine(error: unknown): false {
  if (error instanceof AppError && error.code === 'not_found') return false
  throw error
}
