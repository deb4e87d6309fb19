// Editing and deleting messages for everybody.

import { isDeepStrictEqual } from 'node:util'
import { AppError } from '#shared/protocol/codes.ts'
import { checkText, type Entity } from '#shared/protocol/entities.ts'
import type { ChatId, Rev, Seq, UserId } from '#shared/protocol/ids.ts'
import { can } from '#shared/protocol/permissions.ts'
import {
  messageKind,
  readMessages,
  deleteMessages as storeDeleted,
  updateText,
} from '#shared/store/messages.ts'
import { changeChat } from './change-chat.ts'
import type { Services } from './services.ts'

export interface EditInput {
  chat: ChatId
  seq: Seq
  text: string
  ents?: Entity[] | undefined
}

/**
 * Replaces the text of the actor's own message; the same text again changes nothing.
 * @throws AppError not_found, forbidden (another's message, or no longer allowed to post), conflict (deleted), text errors
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
    const { message, sender, kind } = stored
    const own = sender === actor && kind === messageKind.text
    if (!own || !can(me, 'post', { defaultRights: change.chat.rights })) {
      throw new AppError('forbidden')
    }
    if (message.deleted) throw new AppError('conflict', { detail: 'The message is deleted.' })
    // Stored entities come back with their keys in another order, so their JSON would differ.
    const same =
      message.text === input.text && isDeepStrictEqual(message.ents ?? [], input.ents ?? [])
    if (same) {
      return { rev: message.rev, at: message.edited ?? message.at }
    }
    const rev = change.nextRev()
    const at = change.nowMs
    await updateText(change.tx, input.chat, input.seq, {
      rev,
      text: input.text,
      ents: input.ents,
      editedAt: at,
    })
    const { ents: _, ...kept } = message
    change.emit('edited', rev, {
      ...kept,
      rev,
      text: input.text,
      edited: at,
      ...(input.ents?.length && { ents: input.ents }),
    })
    return { rev, at }
  })
}

/**
 * Deletes messages for everybody; those already deleted stay so and do not count.
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
    const messages = await readMessages(change.tx, chat, wanted)
    if (messages.length !== wanted.length) throw new AppError('not_found')
    const mayDeleteOthers = can(me, 'deleteOthers', { defaultRights: change.chat.rights })
    if (!mayDeleteOthers && messages.some(({ sender }) => sender !== actor))
      throw new AppError('forbidden')
    const alive = messages.map(({ message }) => message).filter(message => !message.deleted)
    const revs = alive.map(() => change.nextRev())
    if (alive.length > 0) {
      await storeDeleted(
        change.tx,
        chat,
        alive.map(message => message.seq),
        revs,
      )
    }
    alive.forEach((message, i) => {
      const { seq, from, rid, at } = message
      const rev = revs[i] as Rev
      change.emit('deleted', rev, { seq, rev, from, rid, at, text: '', deleted: true })
    })
    return { rev: change.chat.rev }
  })
}
