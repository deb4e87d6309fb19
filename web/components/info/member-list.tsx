// Who is in the chat: found by name, page after page, and only those near the screen in the document.

import { useMemo, useRef, useState } from 'react'
import { Virtualizer, type VirtualizerHandle } from 'virtua'
import type { Chat } from '#client/types.ts'
import { limits } from '#shared/protocol/limits.ts'
import { can } from '#shared/protocol/permissions.ts'
import { useLater } from '../../hooks/use-later.ts'
import {
  type MemberEntry,
  type MemberFilter,
  type Members,
  useMembers,
} from '../../hooks/use-members.ts'
import { text } from '../../locales/index.ts'
import { ErrorLine } from '../parts/error-line.tsx'
import { Field } from '../parts/field.tsx'
import { Skeleton } from '../parts/skeleton.tsx'
import { AddMembers } from './add-members.tsx'
import { MemberRow } from './member-row.tsx'

const pauseMs = 250
/** So many are simply shown. */
const fewMax = 50

export function MemberList({ chat }: { chat: Chat }) {
  const [typed, setTyped] = useState('')
  const [adding, setAdding] = useState(false)
  const query = useLater(typed.trim(), pauseMs)
  const filter = useMemo<MemberFilter>(() => (query === '' ? {} : { query }), [query])
  const members = useMembers(chat, filter)
  const mayAdd = can(chat.me, 'invite', { defaultRights: chat.rights })
  return (
    <section className="info-card" aria-label={text.info.pages.members}>
      {mayAdd && (
        <button
          type="button"
          className="secondary"
          data-testid="add-members"
          onClick={() => setAdding(true)}
        >
          {text.members.add}
        </button>
      )}
      {adding && (
        <AddMembers
          chat={chat}
          onDone={() => {
            setAdding(false)
            members.reload()
          }}
        />
      )}
      <Field
        label={text.members.find}
        type="search"
        autoComplete="off"
        maxLength={limits.nameCharsMax}
        value={typed}
        onValue={setTyped}
      />
      <p className="sr-only" role="status">
        {query !== '' && !members.loading && text.search.found(members.entries.length)}
      </p>
      <Entries chat={chat} members={members} empty={text.people.nobodyFound} />
    </section>
  )
}

/** Those who run the chat. */
export function AdminList({ chat }: { chat: Chat }) {
  const members = useMembers(chat, admins)
  return (
    <section className="info-card" aria-label={text.info.pages.admins}>
      <p className="muted">{text.members.adminsHint}</p>
      <Entries chat={chat} members={members} empty={text.members.noAdmins} />
    </section>
  )
}

const admins: MemberFilter = { roles: ['owner', 'admin'] }

interface EntriesProps {
  chat: Chat
  members: Members
  empty: string
}

export function Entries({ chat, members, empty }: EntriesProps) {
  const list = useRef<VirtualizerHandle>(null)
  const { entries, more, loading, error } = members
  const onScroll = () => {
    const handle = list.current
    if (!handle || !more) return
    const below = handle.scrollSize - handle.scrollOffset - handle.viewportSize
    if (below < handle.viewportSize) members.loadMore()
  }
  const row = (entry: MemberEntry) => (
    <MemberRow key={entry.member.user} chat={chat} entry={entry} onChanged={members.reload} />
  )
  return (
    <>
      <ErrorLine error={error} />
      {loading && entries.length === 0 && <Skeleton rows={4} />}
      {!loading && entries.length === 0 && error === null && <p className="muted empty">{empty}</p>}
      {entries.length > fewMax ? (
        <div className="member-scroll">
          <Virtualizer
            ref={list}
            as="ul"
            item="li"
            data={entries}
            itemSize={48}
            onScroll={onScroll}
          >
            {row}
          </Virtualizer>
        </div>
      ) : (
        <ul className="people">
          {entries.map(entry => (
            <li key={entry.member.user}>{row(entry)}</li>
          ))}
        </ul>
      )}
      {more && (
        <button type="button" className="text-button" onClick={members.loadMore}>
          {text.info.moreMembers}
        </button>
      )}
    </>
  )
}
