// Failures that belong to no form, at the edge of the window until they are dismissed.

import { text } from '../../locales/index.ts'
import { dismiss, notices } from '../../state/notices.ts'
import { useStore } from '../../state/store.ts'
import { IconButton } from './icon-button.tsx'

export function Notices() {
  const list = useStore(notices, all => all)
  return (
    <div className="notices" role="alert">
      {list.map(({ id, sentence }) => (
        <p key={id} className="notice" data-testid="error">
          {sentence}
          <IconButton icon="close" label={text.dismiss} onClick={() => dismiss(id)} />
        </p>
      ))}
    </div>
  )
}
