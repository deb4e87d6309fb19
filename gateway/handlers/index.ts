// Every operation's handler in one table; the compiler finds a missing one.

import { chatHandlers } from './chats.ts'
import type { Handlers } from './context.ts'
import { messageHandlers } from './messages.ts'
import { syncHandlers } from './sync.ts'

export const handlers: Handlers = { ...syncHandlers, ...messageHandlers, ...chatHandlers }
