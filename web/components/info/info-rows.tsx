// The rows of the panel's first page, each to a page of its own or to something that is done at once. Who may not go
// somewhere does not see the row.

import { isMuted } from '#client/index.ts'
import type { ChatView } from '#client/types.ts'
import { mutedForEver } from '#shared/protocol/limits.ts'
import { can, isRoom, type RightName, runsChat } from '#shared/protocol/permissions.ts'
import { text } from '../../locales/index.ts'
import { useClient } from '../../state/client-context.ts'
import { type InfoPage, pushInfo } from '../../state/info-view.ts'
import { openDialog } from '../../state/navigation.ts'
import { notify } from '../../state/notices.ts'
import { moment } from '../../state/when.ts'
import { Icon, type IconName } from '../parts/icon.tsx'

interface InfoRow {
  key: string
  label: string
  icon: IconName
  /** At the end of the row. */
  value?: string
  badge?: number
  go(): void
}

export function InfoRows({ view }: { view: ChatView }) {
  const notifications = useNotifications(view)
  const rows = [...(view.chat.kind === 'saved' ? [] : [notifications]), ...rowsOf(view)]
  return (
    <section className="info-card info-rows">
      <ul>
        {rows.map(row => (
          <li key={row.key}>
            <button
              type="button"
              className="info-row"
              data-testid={`info-row-${row.key}`}
              onClick={row.go}
            >
              <Icon name={row.icon} />
              <span className="info-row-label">{row.label}</span>
              {row.value !== undefined && <span className="muted">{row.value}</span>}
              {row.badge !== undefined && row.badge > 0 && (
                <span className="badge">{row.badge}</span>
              )}
            </button>
          </li>
        ))}
      </ul>
    </section>
  )
}

function useNotifications({ chat }: ChatView): InfoRow {
  const client = useClient()
  const { mutedUntil = 0 } = chat.me
  const muted = isMuted(chat, Date.now())
  const until =
    mutedUntil >= mutedForEver ? text.info.muted : text.info.mutedUntil(moment(mutedUntil))
  return {
    key: 'notifications',
    label: text.info.notifications,
    icon: muted ? 'mute' : 'bell',
    value: muted ? until : text.info.notMuted,
    go: () => {
      if (muted) client.setPlace(chat.id, { mutedUntil: null }).catch(notify)
      else openDialog({ kind: 'mute', chat: chat.id })
    },
  }
}

function rowsOf({ chat }: ChatView): InfoRow[] {
  const may = (right: RightName) => can(chat.me, right, { defaultRights: chat.rights })
  const words = text.info.pages
  const to = (
    page: InfoPage & { page: keyof typeof words },
    icon: IconName,
    rest = {},
  ): InfoRow => ({
    key: page.page,
    label: words[page.page],
    icon,
    go: () => pushInfo(page),
    ...rest,
  })
  const search = [to({ page: 'search' }, 'search'), to({ page: 'links' }, 'link')]
  if (!isRoom(chat.kind)) return search
  const group = chat.kind === 'group'
  const runs = runsChat(chat.me.role)
  const members = { label: group ? words.members : words.subscribers, value: String(chat.members) }
  return [
    ...(may('changeInfo') ? [to({ page: 'edit' }, 'edit')] : []),
    ...search,
    ...(group || runs ? [to({ page: 'members' }, 'group', members)] : []),
    ...(group || runs ? [to({ page: 'admins' }, 'shield')] : []),
    ...(may('invite') ? [to({ page: 'invites' }, 'share')] : []),
    ...(runs && may('invite')
      ? [to({ page: 'requests' }, 'inbox', { badge: chat.me.requests ?? 0 })]
      : []),
    ...(group && may('ban') ? [to({ page: 'defaults' }, 'sliders')] : []),
    ...(may('ban') || may('changeInfo') ? [to({ page: 'rules' }, 'clock')] : []),
    ...(may('changeInfo') ? [to({ page: 'reactions' }, 'smile')] : []),
    ...(may('ban') ? [to({ page: 'excluded' }, 'block')] : []),
    ...((runs && may('changeInfo')) || chat.linked !== undefined
      ? [to({ page: 'discussion' }, 'comments')]
      : []),
    ...(runs && !group ? [to({ page: 'stats' }, 'chart')] : []),
    ...(runs ? [to({ page: 'log' }, 'list')] : []),
  ]
}
