// Every operation's handler in one table; the compiler finds a missing one.

import { channelHandlers } from './channels.ts'
import { chatHandlers } from './chats.ts'
import type { Handlers } from './context.ts'
import { groupHandlers } from './groups.ts'
import { messageHandlers } from './messages.ts'
import { peopleHandlers } from './people.ts'
import { reactionHandlers } from './reactions.ts'
import { readingHandlers } from './reading.ts'
import { scheduledHandlers } from './scheduled.ts'
import { searchHandlers } from './search.ts'
import { syncHandlers } from './sync.ts'

export const handlers: Handlers = {
  ...syncHandlers,
  ...messageHandlers,
  ...readingHandlers,
  ...reactionHandlers,
  ...chatHandlers,
  ...channelHandlers,
  ...groupHandlers,
  ...peopleHandlers,
  ...scheduledHandlers,
  ...searchHandlers,
}
