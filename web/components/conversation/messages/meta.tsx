// The small line of a message: how often a post was seen, who signed it, edited, when, until when, how far it got.

import { memo } from 'react'
import type { MessageView } from '#client/types.ts'
import { text } from '../../../locales/index.ts'
import { useSnapshot } from '../../../state/client-context.ts'
import { nameOf } from '../../../state/naming.ts'
import { exactly, lately, timeOf } from '../../../state/when.ts'
import { Icon } from '../../parts/icon.tsx'
import { StateMark } from '../state-mark.tsx'

interface Props {
  message: MessageView
  own: boolean
  isChannel: boolean
}

export const Meta = memo(function Meta({ message, own, isChannel }: Props) {
  const { at, edited, views, expires, pinned, state, from } = message
  const signature = useSnapshot(names =>
    isChannel && from !== 0 && message.seq !== undefined ? nameOf(names, from) : '',
  )
  const isOnItsWay = state === 'sending' || state === 'failed'
  return (
    <p className="meta">
      {pinned && <Mark icon="pin" label={text.message.pinned} />}
      {expires !== undefined && <Mark icon="fire" label={text.message.expires(lately(expires))} />}
      {views !== undefined && (
        <span className="views" title={text.message.views(views)}>
          <Icon name="eye" />
          <span className="sr-only">{text.message.views(views)}</span>
          <span aria-hidden="true">{text.message.viewsShort(views)}</span>
        </span>
      )}
      {signature !== '' && <span className="signature">{signature}</span>}
      {edited !== undefined && <span title={exactly(edited)}>{text.message.edited}</span>}
      <time dateTime={new Date(at).toISOString()} title={exactly(at)}>
        {timeOf(at)}
      </time>
      {own && (!isChannel || isOnItsWay) && <StateMark state={state} />}
    </p>
  )
})

function Mark({ icon, label }: { icon: 'pin' | 'fire'; label: string }) {
  return (
    <span className="meta-mark" role="img" aria-label={label} title={label}>
      <Icon name={icon} />
    </span>
  )
}
