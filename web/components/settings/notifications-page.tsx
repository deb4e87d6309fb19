// What may make itself heard: notifications of new messages, while the page is open and while it is closed, what stands in
// them, the sound; and a test that says what is wrong.

import { useState } from 'react'
import { useAction } from '../../hooks/use-action.ts'
import { text } from '../../locales/index.ts'
import { useClient, useMyId } from '../../state/client-context.ts'
import { permission } from '../../state/notifications.ts'
import {
  askPermission,
  pushWanted,
  testNotifications,
  turnPushOff,
  turnPushOn,
} from '../../state/push.ts'
import type { Trouble } from '../../state/push-trouble.ts'
import { changeSettings, settings } from '../../state/settings.ts'
import { useStore } from '../../state/store.ts'
import { ErrorLine } from '../parts/error-line.tsx'
import { Tick } from '../parts/tick.tsx'

export function NotificationsPage() {
  const { notifications, previews, sound } = useStore(settings, value => value)
  const [allowed, setAllowed] = useState(permission)
  const on = notifications === 'on'
  const words = text.notifications
  return (
    <>
      {allowed === 'default' && <Ask onAnswer={setAllowed} />}
      {(allowed === 'denied' || allowed === 'unsupported') && (
        <p className="settings-card" role="status" data-testid="notification-trouble">
          {words.troubles[allowed]}
        </p>
      )}
      <section className="settings-card">
        <Tick
          label={text.settings.notifications.show}
          hint={words.hint}
          checked={on}
          onChecked={checked => changeSettings({ notifications: checked ? 'on' : 'off' })}
        />
        <WhenClosed disabled={!on || allowed === 'unsupported'} onAsked={setAllowed} />
        <Tick
          label={text.settings.notifications.previews}
          checked={previews}
          disabled={!on}
          onChecked={checked => changeSettings({ previews: checked })}
        />
        <Tick
          label={text.settings.notifications.sound}
          checked={sound}
          disabled={!on}
          onChecked={checked => changeSettings({ sound: checked })}
        />
      </section>
      <Test />
    </>
  )
}

function Ask({ onAnswer }: { onAnswer(answer: ReturnType<typeof permission>): void }) {
  const { run, busy } = useAction()
  const words = text.notifications
  return (
    <section className="settings-card">
      <p className="hint">
        {words.troubles.unasked} {words.allowHint}
      </p>
      <button
        type="button"
        className="primary"
        disabled={busy}
        data-testid="allow-notifications"
        onClick={() => run(async () => onAnswer(await askPermission()))}
      >
        {words.allow}
      </button>
    </section>
  )
}

interface WhenClosedProps {
  disabled: boolean
  onAsked(answer: ReturnType<typeof permission>): void
}

function WhenClosed({ disabled, onAsked }: WhenClosedProps) {
  const client = useClient()
  const me = useMyId()
  const wanted = useStore(pushWanted, value => value)
  const [trouble, setTrouble] = useState<Trouble | null>(null)
  const { run, busy, error } = useAction()
  const turn = async (on: boolean) => {
    setTrouble(null)
    if (on) setTrouble(await turnPushOn(client, me))
    else await turnPushOff(client, me)
    onAsked(permission())
  }
  return (
    <>
      <Tick
        label={text.notifications.closed}
        hint={text.notifications.closedHint}
        checked={wanted}
        disabled={disabled || busy}
        onChecked={on => run(() => turn(on))}
      />
      {trouble && (
        <p className="error-line" role="alert" data-testid="push-trouble">
          {text.notifications.troubles[trouble]}
        </p>
      )}
      <ErrorLine error={error} />
    </>
  )
}

function Test() {
  const client = useClient()
  const wanted = useStore(pushWanted, value => value)
  const [result, setResult] = useState<Trouble | 'fine' | null>(null)
  const { run, busy, error } = useAction()
  const words = text.notifications
  const test = async () => {
    setResult(null)
    setResult((await testNotifications(client, words.testBody)) ?? 'fine')
  }
  return (
    <section className="settings-card">
      <button
        type="button"
        className="secondary"
        disabled={busy}
        data-testid="test-notifications"
        onClick={() => run(test)}
      >
        {busy ? words.testing : words.test}
      </button>
      <p role="status" data-testid="test-result" data-result={result ?? ''}>
        {result !== null && sentenceOf(result, wanted)}
      </p>
      <ErrorLine error={error} />
    </section>
  )
}

function sentenceOf(result: Trouble | 'fine', pushed: boolean): string {
  const { troubles, arrived, worked } = text.notifications
  if (result !== 'fine') return troubles[result]
  return pushed ? arrived : worked
}
