// The user's reactions at a message as they change them: one more, or one less; with as many as their plan allows the oldest
// gives way.

import type { PetrelClient } from '#client/index.ts'
import type { MessageView } from '#client/types.ts'
import { AppError } from '#shared/protocol/codes.ts'
import type { ChatId } from '#shared/protocol/ids.ts'
import { planOf, plans } from '#shared/protocol/limits.ts'

/** @throws AppError as `client.react` */
export async function toggleReaction(
  client: PetrelClient,
  chat: ChatId,
  { seq, mine = [] }: Pick<MessageView, 'seq' | 'mine'>,
  emoji: string,
): Promise<void> {
  if (seq === undefined) throw new AppError('not_found')
  const plan = planOf(client.getSnapshot().me?.premiumUntil ?? null, Date.now())
  const wanted = mine.includes(emoji)
    ? mine.filter(each => each !== emoji)
    : [...mine, emoji].slice(-plans[plan].reactionsPerMessageMax)
  await client.react(chat, seq, wanted)
}
