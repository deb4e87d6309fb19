// What a service message says, as one sentence: for the line in a conversation and the row of the chat list.

import type { MessageView } from '#client/types.ts'
import type { UserId } from '#shared/protocol/ids.ts'
import { text } from '../locales/index.ts'

const namesMax = 3

/**
 * @param nameOf how somebody is called here; the viewer as "You" where that is wanted
 * @returns null for what this page does not know: nothing is shown then
 */
export function serviceText(
  { svc, from }: Pick<MessageView, 'svc' | 'from'>,
  nameOf: (user: UserId) => string,
): string | null {
  if (!svc) return null
  const { service } = text
  const who = nameOf(from)
  const users = svc.users ?? []
  const whom = service.and(
    users.slice(0, namesMax).map(nameOf),
    Math.max(0, users.length - namesMax),
  )
  switch (svc.t) {
    case 'created':
      return service.created(who, svc.text ?? '')
    case 'added':
    case 'accepted':
    case 'removed':
      return service[svc.t](who, whom)
    case 'joined':
    case 'left':
    case 'about':
    case 'pinned':
      return service[svc.t](who)
    case 'owner':
      return service.owner(whom)
    case 'title':
      return service.title(who, svc.text ?? '')
    case 'autoDelete':
      return service.autoDelete(who, svc.n ?? 0)
    case 'warning':
      return service.warning(svc.text ?? '')
    default:
      return null
  }
}
