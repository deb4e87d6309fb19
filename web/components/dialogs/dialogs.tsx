// Shows the dialog that the view asks for.

import { useStore } from '../../state/store.ts'
import { view } from '../../state/view.ts'
import { JoinByLink } from './join-by-link.tsx'
import { NewChannel } from './new-channel.tsx'
import { NewDirect } from './new-direct.tsx'
import { NewGroup } from './new-group.tsx'

export function Dialogs() {
  const dialog = useStore(view, state => state.dialog)
  if (!dialog) return null
  switch (dialog.kind) {
    case 'direct':
      return <NewDirect />
    case 'group':
      return <NewGroup />
    case 'channel':
      return <NewChannel />
    case 'join':
      return <JoinByLink key={dialog.token} given={dialog.token} />
    default:
      return dialog satisfies never
  }
}
