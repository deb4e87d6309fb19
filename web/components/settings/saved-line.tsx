// Says that something was stored, also to a screen reader, until it is changed again.

import { text } from '../../locales/index.ts'
import { Icon } from '../parts/icon.tsx'

export function SavedLine({ saved, sentence }: { saved: boolean; sentence?: string }) {
  return (
    <p className="saved-line" role="status" data-testid="saved">
      {saved && (
        <>
          <Icon name="check" /> {sentence ?? text.settings.saved}
        </>
      )}
    </p>
  )
}
