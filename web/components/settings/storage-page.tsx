// How much room messages may take on this device, how much they take, and how to be rid of them.

import { useEffect, useState } from 'react'
import { useAction } from '../../hooks/use-action.ts'
import { text } from '../../locales/index.ts'
import { dropKept, fitKept, keptBytes, keptState } from '../../state/offline.ts'
import { choices } from '../../state/setting-choices.ts'
import { changeSettings, settings } from '../../state/settings.ts'
import { useStore } from '../../state/store.ts'
import { ErrorLine } from '../parts/error-line.tsx'
import { Choice } from './choice.tsx'

const bytesOfMb = 1024 * 1024

export function StoragePage() {
  const bound = useStore(settings, value => value.storageMb)
  const state = useStore(keptState, value => value)
  const [bytes, setBytes] = useState<number | null>(null)
  const action = useAction()
  const [isDropped, setDropped] = useState(false)
  const sizes = [...choices.storageMb].sort((a, b) => a - b)
  const measure = async () => setBytes(await keptBytes())
  useEffect(() => {
    const measuring = { isOver: false }
    void keptBytes().then(found => measuring.isOver || setBytes(found))
    return () => {
      measuring.isOver = true
    }
  }, [])
  const choose = (storageMb: (typeof sizes)[number]) => {
    changeSettings({ storageMb })
    action.run(async () => {
      await fitKept()
      await measure()
    })
  }
  const drop = () =>
    action.run(async () => {
      await dropKept()
      await measure()
      setDropped(true)
    })
  const isBroken = state === 'full' || state === 'broken'
  return (
    <>
      {isBroken && (
        <p className="settings-card" role="status" data-testid="storage-trouble">
          {text.offline[state]}
        </p>
      )}
      <section className="settings-card">
        <Choice
          label={text.settings.storage.bound}
          hint={text.settings.storage.boundHint}
          options={sizes.map(value => ({ value, label: text.settings.storage.mb(value) }))}
          value={bound}
          onValue={choose}
        />
      </section>
      <section className="settings-card">
        <p data-testid="storage-used">
          {text.offline.kept(text.offline.mb((bytes ?? 0) / bytesOfMb), text.offline.mb(bound))}
        </p>
        <meter
          className="storage-meter"
          min={0}
          max={bound * bytesOfMb}
          value={bytes ?? 0}
          aria-label={text.settings.storage.bound}
        />
        <p className="hint">{text.offline.keptHint}</p>
        <button
          type="button"
          className="text-button"
          disabled={action.busy || bytes === 0}
          data-testid="storage-drop"
          onClick={drop}
        >
          {text.offline.drop}
        </button>
        <p className="hint" role="status">
          {isDropped ? text.offline.dropped : text.offline.dropHint}
        </p>
        <ErrorLine error={action.error} />
      </section>
    </>
  )
}
