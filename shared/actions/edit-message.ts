// Editing and deleting messages for everybody.

import { isDeepStrictEqual } from 'node:util'
import { AppError } from '#shared/protocol/codes.ts'
import { checkText, type Entity } from '#shared/protocol/entities.ts'
import type { ChatId, Rev, Seq, UserId } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import type { Message } from '#shared/protocol/models.ts'
import { needOf } from '#shared/protocol/needs.ts'
import { can, isRoom, right } from '#shared/protocol/permissions.ts'
import { updatePreview } from '#shared/store/link-previews.ts'
import {
  messageKind,
  readMessages,
  type StoredMessage,
  updateText,
} from '#shared/store/messages.ts'
import { type ChatChange, changeChat, isQuiet, type LockedPlace } from './change-chat.ts'
import { dropMessages } from './drop-messages.ts'
import { assertMay } from './may-post.ts'
import type { Services } from './services.ts'
import { linkToShow } from './show-preview.ts'

export interface EditInput {
  chat: ChatId
  seq: Seq
  text: string
  ents?: Entity[] | undefined
}

/**
 * Replaces the text of the actor's own message, or of another's post in a channel; the same text again changes nothing.
 * @throws AppError not_found, forbidden (another's message, one that was forwarded, or a text that the actor may not
 *   post), conflict (deleted), too_late, text errors
 */
export async function editMessage(
  deps: Services,
  actor: UserId,
  input: EditInput,
  charsMax: number,
): Promise<{ rev: Rev; at: number }> {
  checkText(input.text, input.ents, charsMax)
  return changeChat(deps, input.chat, actor, async (change, me) => {
    const [stored] = await readMessages(change.tx, input.chat, [input.seq])
    if (!stored) throw new AppError('not_found')
    const { message } = stored
    await assertMayEdit(change, me, stored, input)
    if (message.deleted) throw new AppError('conflict', { detail: 'The message is deleted.' })
    // Stored entities come back with their keys in another order, so their JSON would differ.
    const same =
      message.text === input.text && isDeepStrictEqual(message.ents ?? [], input.ents ?? [])
    if (same) {
      return { rev: message.rev, at: message.edited ?? message.at }
    }
    if (isTooLate(change, message)) throw new AppError('too_late')
    const rev = change.nextRev()
    const at = change.nowMs
    await updateText(change.tx, input.chat, input.seq, {
      rev,
      text: input.text,
      ents: input.ents,
      editedAt: at,
    })
    const { ents: _, preview, ...kept } = message
    // A preview is that of a link; another one may follow.
    const isKept =
      preview && linkToShow({ ...kept, text: input.text, ents: input.ents }) === preview.url
    if (preview && !isKept)
      await updatePreview(change.tx, input.chat, input.seq, { rev, preview: null })
    change.emit('edited', rev, {
      ...kept,
      ...(isKept && { preview }),
      rev,
      text: input.text,
      edited: at,
      ...(input.ents?.length && { ents: input.ents }),
    })
    return { rev, at }
  })
}

async function assertMayEdit(
  change: ChatChange,
  me: LockedPlace,
  { message, sender, kind }: StoredMessage,
  { text, ents }: EditInput,
): Promise<void> {
  const isOwn = sender === change.actor
  const mayEditOthers =
    change.chat.kind === 'channel' && can(me, 'changeInfo', { defaultRights: change.chat.rights })
  if (kind !== messageKind.text || !(isOwn || mayEditOthers)) throw new AppError('forbidden')
  if (message.fwd) {
    throw new AppError('forbidden', { detail: 'A forwarded message stays as it was written.' })
  }
  await assertMay(change, me, isOwn ? needOf(text, ents) : needOf(text, ents) & ~right.post)
}

/** Conversations are not rewritten long after; posts and one's own notes may be. */
function isTooLate({ chat, nowMs }: ChatChange, { at }: Message): boolean {
  const isTalk = chat.kind === 'direct' || chat.kind === 'group'
  return isTalk && nowMs - at > limits.editWindowS * 1000
}

/**
 * Deletes messages for everybody: one's own, others' with the right deleteOthers, in direct chats all. Those already
 * deleted stay so and do not count.
 * @throws AppError not_found when one does not exist, forbidden when one is another's and the actor may not; then none is deleted
 */
export async function deleteMessages(
  deps: Services,
  actor: UserId,
  chat: ChatId,
  seqs: readonly Seq[],
): Promise<{ rev: Rev }> {
  const wanted = [...new Set(seqs)]
  return changeChat(deps, chat, actor, async (change, me) => {
    const stored = await readMessages(change.tx, chat, wanted)
    if (stored.length !== wanted.length) throw new AppError('not_found')
    const { kind, rights } = change.chat
    const others = stored.filter(({ sender, message }) => sender !== actor && !message.deleted)
    const mayDeleteOthers =
      (kind === 'direct' && !isQuiet(change.chat)) ||
      can(me, 'deleteOthers', { defaultRights: rights })
    if (!mayDeleteOthers && stored.some(({ sender }) => sender !== actor))
      throw new AppError('forbidden')
    const alive = stored.flatMap(({ message }) => (message.deleted ? [] : [message]))
    await dropMessages(change, alive)
    if (isRoom(kind) && others.length > 0) {
      change.record('deleted', { seqs: others.map(({ message }) => message.seq) })
    }
    return { rev: change.chat.rev }
  })
}
