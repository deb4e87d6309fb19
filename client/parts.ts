// What a client is made of: the parts that keep its state and the parts that an application uses, each given only those it
// needs. Made once by petrel-client.ts, which keeps what belongs to the whole: who is signed in, and the connection (uplink.ts).

import type { ControlBody } from '#shared/protocol/events.ts'
import type { ChatId, UserId } from '#shared/protocol/ids.ts'
import type { Message, User } from '#shared/protocol/models.ts'
import type { Unsent } from './account.ts'
import { messageArrived, messageSent } from './arrivals.ts'
import { ChatStore } from './chat-store.ts'
import { Delivered } from './delivered.ts'
import { Drafts } from './drafts.ts'
import { Folders } from './folders.ts'
import { Hides } from './hides.ts'
import { Invites } from './invites.ts'
import type { Archive } from './keeping/archive.ts'
import { Keeping } from './keeping/keeping.ts'
import { takeRows } from './keeping/take-back.ts'
import { Members } from './members.ts'
import { Outbox } from './outbox.ts'
import { OwnChoices } from './own-choices.ts'
import { People } from './people.ts'
import { Places } from './places.ts'
import { Polls } from './polls.ts'
import { Posts } from './posts.ts'
import { PresenceWatch } from './presence-watch.ts'
import { Profiles } from './profiles.ts'
import { Reads } from './reads.ts'
import { Requests } from './requests.ts'
import { Rooms } from './rooms.ts'
import { inFlightMax, Rpc } from './rpc.ts'
import { ScheduledMessages } from './scheduled-messages.ts'
import { Sections } from './sections.ts'
import { Sync } from './sync.ts'
import type { TabHost } from './tabs/host.ts'
import { othersInFlightMax } from './tabs/switchboard.ts'
import type { ClientClock, ConnectionState, DevCounters, DevEvent, Storage } from './types.ts'
import { TypingMarks } from './typing-marks.ts'
import { Views } from './views.ts'
import { Windows } from './windows.ts'

export interface PartsDeps {
  clock: ClientClock
  storage: Storage
  archive: ((user: UserId) => Archive) | undefined
  tabs: TabHost | undefined
  /** Nothing is kept over a restart from now on. */
  notKept(error: unknown): void
  counters: DevCounters
  /** Hands one frame to the socket, if there is one. */
  send(bytes: Uint8Array): void
  connection(): ConnectionState
  /** Cuts the connection, so that it is made anew. */
  drop(): void
  /** Something changed that the snapshot shows. */
  changed(): void
  observe(event: DevEvent): void
  /** Somebody's profile came; perhaps it is one's own. */
  profile(user: User): void
}

export type Parts = ReturnType<typeof makeParts>

export function makeParts(deps: PartsDeps) {
  const held = heldParts(deps)
  const moving = { ...held, ...flowParts(deps, held) }
  const parts = { ...moving, views: new Views({ ...moving, connection: deps.connection }) }
  return { ...parts, ...publicParts(parts) }
}

/** What is known, and marks and choices on their way: each stands on the store and the requests. */
function heldParts({ clock, storage, changed, send, tabs }: PartsDeps) {
  // Other tabs' requests travel on the same connection.
  const rpc = new Rpc({ clock, send, inFlightMax: inFlightMax - (tabs ? othersInFlightMax : 0) })
  const store = new ChatStore(changed)
  const base = { store, rpc, clock }
  const reads = new Reads(base)
  return {
    ...base,
    reads,
    posts: new Posts(base),
    choices: new OwnChoices(base),
    hides: new Hides(base),
    delivered: new Delivered({ ...base, reads }),
    drafts: new Drafts({ ...base, storage, tabs }),
    places: new Places({ ...base, reads }),
    presence: new PresenceWatch(base),
    profiles: new Profiles(base),
    sections: new Sections({ clock, changed }),
    typing: new TypingMarks({ clock, changed: chat => store.touch(chat) }),
  }
}

/** What messages go through. They know each other: through `all`, which is whole before anything happens. */
function flowParts(deps: PartsDeps, held: ReturnType<typeof heldParts>) {
  const settled = (chat: ChatId, message: Message) => {
    const isLive = deps.connection().state === 'online'
    messageArrived(all, chat, message, isLive)
  }
  const sync: Sync = new Sync({
    ...held,
    settled: (chat, message) => {
      settled(chat, message)
      held.posts.arrived(chat, message)
    },
    counters: deps.counters,
    observe: deps.observe,
    profile: deps.profile,
    moved: (chat, at) => outbox.reached(chat, at),
    inUse: chat => windows.shows(chat) || outbox.waits(chat),
    windowDropped: chat => windows.reload(chat),
    sectionStale: section => {
      if (section === 'rows') windows.reloadAll()
      else held.sections.stale(section)
    },
    wasReset: () => keeping.reset(),
    startOver: () => {
      sync.reset()
      deps.drop()
    },
  })
  const { archive, observe, notKept: trouble } = deps
  const keeping: Keeping = new Keeping({ ...held, sync, archive, observe, trouble })
  const windows: Windows = new Windows({
    ...held,
    sync,
    settled,
    kept: state => keeping.rowsOf(state),
    takeRows: (state, stretch) => takeRows({ ...held, sync, observe, settled }, state, stretch),
  })
  const outbox: Outbox = new Outbox({
    ...held,
    storage: deps.storage,
    tabs: deps.tabs,
    changed: chat => held.store.touch(chat),
    acked: (item, sent, first) => messageSent(all, item, sent, first),
  })
  const all = { ...held, sync, windows, outbox }
  return { sync, windows, outbox, keeping }
}

/** What an application finds under a name of its own. */
function publicParts(
  parts: ReturnType<typeof heldParts> & ReturnType<typeof flowParts> & { views: Views },
) {
  const { sync, reads } = parts
  const requests = new Requests(parts)
  return {
    requests,
    rooms: new Rooms(requests),
    members: new Members(requests),
    invites: new Invites(requests),
    polls: new Polls({ ...parts, requests }),
    folders: new Folders(parts),
    people: new People({ ...parts, removed: chat => sync.remove(chat) }),
    scheduled: new ScheduledMessages({
      ...parts,
      sent: (chat, { rev, seq }) => {
        sync.learn(chat, rev)
        reads.mark(chat, seq)
      },
    }),
  }
}

/** The connection carries requests again, and the sync is complete. */
export function partsUp(parts: Parts, end: ControlBody<'syncEnd'>): void {
  parts.rpc.up()
  parts.sync.end(end)
  parts.windows.up()
  parts.outbox.up()
  for (const { errands } of withErrands(parts)) errands.up()
  parts.presence.up()
  parts.keeping.synced()
}

export function partsDown(parts: Parts): void {
  parts.rpc.down()
  parts.sync.down()
  parts.windows.down()
  parts.outbox.down()
  for (const { errands } of withErrands(parts)) errands.down()
  parts.presence.down()
  parts.typing.clear()
}

/** Nobody is signed in any more: everything but what is in storage is dropped. */
export function clearParts(parts: Parts): void {
  const { rpc, windows, reads, posts, choices, delivered, drafts, sections, people } = parts
  const held = [rpc, windows, reads, posts, choices, delivered, drafts, sections, people]
  for (const part of [...held, parts.presence, parts.outbox]) part.clear()
  parts.keeping.clear()
  parts.store.me = null
  parts.sync.reset()
}

/** A person has signed out: nothing of their chats stays on this device. */
export async function forgetPerson(
  { keeping, outbox, drafts }: Parts,
  user: UserId,
  unsent: Unsent,
): Promise<void> {
  const rest = unsent === 'kept' ? [] : [outbox.forget(user), drafts.forget(user)]
  await Promise.all([keeping.forget(user), ...rest])
}

function withErrands({ reads, posts, delivered, drafts, sections }: Parts) {
  return [reads, posts, delivered, drafts, sections]
}
