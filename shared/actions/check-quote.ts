// Whether what a reply quotes stands in the message that it answers.

import { AppError } from '#shared/protocol/codes.ts'
import { checkText } from '#shared/protocol/entities.ts'
import type { ChatId, Rid, Seq, UserId } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import type { Quote } from '#shared/protocol/models.ts'
import type { Queryable } from '#shared/store/db.ts'
import { readVisible } from '#shared/store/hidden-messages.ts'
import { findByRid } from '#shared/store/messages.ts'

/**
 * Checks the quote of a message that is about to be sent. Where it began in the text then is a hint only: the message
 * may have been edited since, but the quoted words must stand in it.
 * @throws AppError bad_reply, bad_entities, bad_text, not_found when the sender is not in the chat
 */
export async function checkQuote(
  { db }: { db: Queryable },
  sender: UserId,
  message: { chat: ChatId; rid: Rid; reply?: Seq | undefined; quote?: Quote | undefined },
): Promise<void> {
  const { chat, rid, reply, quote } = message
  if (!quote) return
  if (reply === undefined) throw badReply('Only a reply quotes.')
  checkText(quote.text, quote.ents, limits.quoteCharsMax)
  // What leads somewhere would do so in another's name.
  if (quote.ents?.some(({ t }) => t === 'link' || t === 'userMention')) {
    throw new AppError('bad_entities', { detail: 'A quote has no links of its own.' })
  }
  const [answered] = (await readVisible(db, sender, chat, [reply])) ?? [null]
  if (answered === null) throw new AppError('not_found')
  if (answered?.message.text.includes(quote.text)) return
  // Sent before, when it still stood there: the send path answers it as it did then.
  if (await findByRid(db, chat, sender, rid)) return
  throw badReply('The quoted text does not stand in the message.')
}

function badReply(detail: string): AppError {
  return new AppError('bad_reply', { detail })
}
