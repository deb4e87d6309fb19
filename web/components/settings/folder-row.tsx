// One folder of the list: how much is in it, and what can be done with it.

import type { Folder } from '#client/types.ts'
import { text } from '../../locales/index.ts'
import { useClient, useSnapshot } from '../../state/client-context.ts'
import { Icon } from '../parts/icon.tsx'
import { IconButton } from '../parts/icon-button.tsx'

interface Props {
  folder: Folder
  busy: boolean
  onEdit(): void
  onRemove(): void
  /** Left out for the first. */
  onUp?(): void
  /** Left out for the last. */
  onDown?(): void
}

export function FolderRow({ folder, busy, onEdit, onRemove, onUp, onDown }: Props) {
  const client = useClient()
  const count = useSnapshot(() => client.folders.chatsIn(folder).length)
  const words = text.settings.folders
  return (
    <li className="person" data-testid="folder">
      <span className="session-icon">
        <Icon name="folder" />
      </span>
      <span className="person-name">
        {folder.title}
        <span className="muted person-handle">{words.brief(count)}</span>
      </span>
      <IconButton
        label={words.up(folder.title)}
        icon="up"
        disabled={busy || !onUp}
        onClick={onUp}
      />
      <IconButton
        label={words.down(folder.title)}
        icon="down"
        disabled={busy || !onDown}
        onClick={onDown}
      />
      <IconButton label={words.editOf(folder.title)} icon="edit" onClick={onEdit} />
      <IconButton
        label={`${words.remove}: ${folder.title}`}
        icon="trash"
        disabled={busy}
        onClick={onRemove}
      />
    </li>
  )
}
