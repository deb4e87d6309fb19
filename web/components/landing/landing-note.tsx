// For somebody who opened an invite link or a public name and is not signed in yet: what happens next. What the link
// leads to is shown by the server to people who are signed in only.

import { text } from '../../locales/index.ts'
import { screenView } from '../../state/navigation.ts'
import { useStore } from '../../state/store.ts'
import { Icon } from '../parts/icon.tsx'

export function LandingNote() {
  const dialog = useStore(screenView, state => state.dialog)
  if (dialog?.kind !== 'join' && dialog?.kind !== 'name') return null
  if (dialog.kind === 'join' && dialog.token === '') return null
  return (
    <p className="landing-note" role="status" data-testid="landing-note">
      <Icon name={dialog.kind === 'join' ? 'link' : 'person'} />
      {dialog.kind === 'join' ? text.dialogs.invited : text.dialogs.named(dialog.name)}
    </p>
  )
}
