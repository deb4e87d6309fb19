// The pages of the panel beside a conversation. The rare ones are loaded when they are opened first.

import { lazy, useEffect, useRef } from 'react'
import type { ChatView } from '#client/types.ts'
import type { InfoPage } from '../../state/info-view.ts'
import { AdminRights } from './admin-rights.tsx'
import { DefaultRights } from './default-rights.tsx'
import { EditChat } from './edit-chat.tsx'
import { Excluded } from './excluded.tsx'
import { MainPage } from './main-page.tsx'
import { AdminList, MemberList } from './member-list.tsx'
import { PersonPage } from './person-page.tsx'
import { Restrict } from './restrict.tsx'
import { Rules } from './rules.tsx'
import '../../styles/info.css'

const AdminLog = lazy(async () => ({ default: (await import('./admin-log.tsx')).AdminLog }))
const ChannelStats = lazy(async () => ({
  default: (await import('./channel-stats.tsx')).ChannelStats,
}))
const ChatSearch = lazy(async () => ({ default: (await import('./chat-search.tsx')).ChatSearch }))
const Discussion = lazy(async () => ({ default: (await import('./discussion.tsx')).Discussion }))
const InvitePanel = lazy(async () => ({
  default: (await import('./invite-panel.tsx')).InvitePanel,
}))
const JoinRequests = lazy(async () => ({
  default: (await import('./join-requests.tsx')).JoinRequests,
}))
const PassOn = lazy(async () => ({ default: (await import('./pass-on.tsx')).PassOn }))
const Reactions = lazy(async () => ({ default: (await import('./reactions.tsx')).Reactions }))
const SharedLinks = lazy(async () => ({
  default: (await import('./shared-links.tsx')).SharedLinks,
}))

export function InfoPages({ view, page }: { view: ChatView; page: InfoPage }) {
  const body = useRef<HTMLDivElement>(null)
  const key = JSON.stringify(page)
  // The page before had the focus, and is gone: the new one takes it, so that keys and readers go on from here.
  // biome-ignore lint/correctness/useExhaustiveDependencies: each page anew.
  useEffect(() => {
    if (document.activeElement === document.body) body.current?.focus({ preventScroll: true })
  }, [key])
  return (
    <div className="info-scroll" ref={body} tabIndex={-1} key={key}>
      <Page view={view} page={page} />
    </div>
  )
}

function Page({ view, page }: { view: ChatView; page: InfoPage }) {
  const { chat } = view
  switch (page.page) {
    case 'main':
      return <MainPage view={view} />
    case 'edit':
      return <EditChat chat={chat} />
    case 'search':
      return <ChatSearch />
    case 'links':
      return <SharedLinks chat={chat.id} />
    case 'members':
      return <MemberList chat={chat} />
    case 'admins':
      return <AdminList chat={chat} />
    case 'excluded':
      return <Excluded chat={chat} />
    case 'person':
      return <PersonPage view={view} user={page.user} />
    case 'admin':
      return <AdminRights chat={chat} user={page.user} />
    case 'restrict':
      return <Restrict chat={chat} user={page.user} ban={page.ban} />
    case 'owner':
      return <PassOn chat={chat} user={page.user} />
    case 'defaults':
      return <DefaultRights chat={chat} />
    case 'rules':
      return <Rules chat={chat} />
    case 'reactions':
      return <Reactions chat={chat} />
    case 'invites':
      return <InvitePanel chat={chat} />
    case 'requests':
      return <JoinRequests chat={chat} />
    case 'log':
      return <AdminLog chat={chat} />
    case 'stats':
      return <ChannelStats chat={chat} />
    case 'discussion':
      return <Discussion chat={chat} />
    default:
      return page satisfies never
  }
}
