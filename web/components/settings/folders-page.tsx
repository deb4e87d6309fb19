// The folders of the chat list: their order, making, changing and deleting them. All are stored together.

import { useState } from 'react'
import type { Folder } from '#client/types.ts'
import { limits } from '#shared/protocol/limits.ts'
import { useAction } from '../../hooks/use-action.ts'
import { useSection } from '../../hooks/use-section.ts'
import { text } from '../../locales/index.ts'
import { useClient } from '../../state/client-context.ts'
import { newFolder } from '../../state/folder-forms.ts'
import { ask } from '../../state/questions.ts'
import { ErrorLine } from '../parts/error-line.tsx'
import { Skeleton } from '../parts/skeleton.tsx'
import { FolderEditor } from './folder-editor.tsx'
import { FolderRow } from './folder-row.tsx'

export function FoldersPage() {
  const client = useClient()
  const stored = useSection(client.folders.list)
  const action = useAction()
  const [edited, setEdited] = useState<Folder | null>(null)
  const folders = stored ?? []
  const isNew = edited !== null && !folders.some(({ id }) => id === edited.id)

  const remove = (folder: Folder) =>
    ask({
      title: text.settings.folders.remove,
      sentence: text.settings.folders.removeSure(folder.title),
      button: text.settings.folders.remove,
      run: () => client.folders.set(folders.filter(({ id }) => id !== folder.id)),
    })
  const save = async (folder: Folder) => {
    const others = folders.map(other => (other.id === folder.id ? folder : other))
    await client.folders.set(isNew ? [...folders, folder] : others)
    setEdited(null)
  }
  if (edited) {
    return (
      <FolderEditor
        key={edited.id}
        folder={edited}
        onSave={save}
        onCancel={() => setEdited(null)}
      />
    )
  }
  if (!stored) return <Skeleton rows={3} />
  return (
    <section className="settings-card">
      <p className="hint">{text.settings.folders.hint}</p>
      {folders.length === 0 && <p className="muted">{text.settings.folders.none}</p>}
      <ErrorLine error={action.error} />
      <ul className="people">
        {folders.map((folder, index) => (
          <FolderRow
            key={folder.id}
            folder={folder}
            busy={action.busy}
            onEdit={() => setEdited(folder)}
            onRemove={() => remove(folder)}
            {...(index > 0 && {
              onUp: () => action.run(() => client.folders.set(raised(folders, index))),
            })}
            {...(index < folders.length - 1 && {
              onDown: () => action.run(() => client.folders.set(raised(folders, index + 1))),
            })}
          />
        ))}
      </ul>
      {folders.length < limits.foldersMax && (
        <button
          type="button"
          className="secondary"
          data-testid="new-folder"
          onClick={() => setEdited(newFolder(folders))}
        >
          {text.settings.folders.create}
        </button>
      )}
    </section>
  )
}

/** The folder at `index` changes places with the one before it. */
function raised(folders: readonly Folder[], index: number): Folder[] {
  const order = [...folders]
  const [folder] = order.splice(index, 1)
  if (folder) order.splice(index - 1, 0, folder)
  return order
}
