// The rows above the chats that lead to others: the archive, and the requests of strangers.

import type { ChatView } from '#client/types.ts'
import { text } from '../../locales/index.ts'
import { showPage } from '../../state/list-view.ts'
import { titleOf } from '../../state/naming.ts'
import { Icon, type IconName } from '../parts/icon.tsx'

interface Props {
  index: number
  active: boolean
  chats: readonly ChatView[]
}

const namesMax = 8

export function ArchiveRow({ unread, ...row }: Props & { unread: number }) {
  const names = row.chats.slice(0, namesMax).map(titleOf).join(', ')
  return (
    <Gate {...row} page="archive" icon="archive" line={names}>
      {unread > 0 && (
        <span className="badge quiet">
          <span aria-hidden="true">{unread}</span>
          <span className="sr-only">{text.chats.unreadChats(unread)}</span>
        </span>
      )}
    </Gate>
  )
}

export function RequestsRow(row: Props) {
  return (
    <Gate {...row} page="requests" icon="inbox" line={text.chats.requestsOf(row.chats.length)}>
      <span className="badge" aria-hidden="true">
        {row.chats.length}
      </span>
    </Gate>
  )
}

interface GateProps extends Props {
  page: 'archive' | 'requests'
  icon: IconName
  line: string
  children: React.ReactNode
}

function Gate({ index, active, page, icon, line, children }: GateProps) {
  return (
    <button
      type="button"
      className="chat-row gate"
      data-testid={page}
      data-row={index}
      tabIndex={active ? 0 : -1}
      onClick={() => showPage(page)}
    >
      <span className="avatar gate-mark" aria-hidden="true">
        <Icon name={icon} />
      </span>
      <span className="chat-row-top">
        <span className="chat-title">{text.chats[page]}</span>
      </span>
      <span className="chat-row-bottom">
        <span className="chat-last">{line}</span>
        {children}
      </span>
    </button>
  )
}
