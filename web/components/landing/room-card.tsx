// A group or channel as somebody sees it who may join: picture, name, kind, size, about text.

import type { ChatKind } from '#shared/protocol/permissions.ts'
import { text } from '../../locales/index.ts'
import { Avatar } from '../parts/avatar.tsx'

interface Props {
  /** Chooses the colour. */
  id: number
  kind: ChatKind
  title: string
  members: number
  about?: string | undefined
}

export function RoomCard({ id, kind, title, members, about }: Props) {
  return (
    <div className="room-card">
      <Avatar id={id} name={title} />
      <div>
        <p className="room-title">{title}</p>
        <p className="muted">
          {kind === 'channel' ? text.dialogs.channelOf(members) : text.dialogs.groupOf(members)}
        </p>
        {about && <p className="about">{about}</p>}
      </div>
    </div>
  )
}
