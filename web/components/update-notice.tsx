// A quiet line at the edge of the window when a newer version of the page is there: the person says when it comes.

import { text } from '../locales/index.ts'
import { useStore } from '../state/store.ts'
import { newVersion, takeNewVersion } from '../state/worker.ts'
import '../styles/update.css'

export function UpdateNotice() {
  const ready = useStore(newVersion, value => value)
  return (
    <div className="update-place" role="status">
      {ready && (
        <p className="update-notice" data-testid="new-version">
          {text.notifications.newVersion}
          <button
            type="button"
            className="text-button"
            data-testid="take-version"
            onClick={() => void takeNewVersion()}
          >
            {text.notifications.takeVersion}
          </button>
        </p>
      )}
    </div>
  )
}
