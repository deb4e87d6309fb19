// A round picture: initials on a colour that belongs to the chat or person.

import { initials } from '../../state/initials.ts'
import { Icon } from './icon.tsx'

interface Props {
  id: number
  name: string
  saved?: boolean
  online?: boolean | undefined
  small?: boolean
}

export function Avatar({ id, name, saved = false, online = false, small = false }: Props) {
  const hue = saved ? 'saved' : id % 7
  return (
    <span className={`avatar hue-${hue}${small ? ' small' : ''}`} aria-hidden="true">
      {saved ? <Icon name="bookmark" /> : initials(name)}
      {online && <span className="online-dot" />}
    </span>
  )
}
