// Operations on the connection itself: ping, catching up, what is on screen.

import { readDiff, readUserDiff } from '#shared/actions/sync.ts'
import { readVisibleProfiles } from '#shared/store/profiles.ts'
import type { Handlers } from './context.ts'

export const syncHandlers = {
  ping: ({ clock }) => ({ now: clock.now() }),
  diff: (context, { user }, { chat, since }) => readDiff(context, user, chat, since),
  userDiff: (context, { user }, { since }) => readUserDiff(context, user, since),
  users: async ({ db }, { user }, { users }) => ({
    users: await readVisibleProfiles(db, user, users),
  }),
  presence: async ({ presence }, { connection, user }, { users }) => ({
    users: await presence.watch(connection, user, users),
  }),
  watch({ hub }, { connection }, { chats }) {
    hub.watch(connection, chats)
    return {}
  },
} satisfies Partial<Handlers>
