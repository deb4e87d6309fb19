// Notifications of whoever is signed in: those of the open page, and the subscription for when it is closed.

import { useEffect } from 'react'
import { text } from '../locales/index.ts'
import { useClient, useMyId, useSnapshot } from '../state/client-context.ts'
import { watchNews } from '../state/notifications.ts'
import { keepPush } from '../state/push.ts'
import { settings } from '../state/settings.ts'
import { useStore } from '../state/store.ts'
import { keepWords } from '../state/words.ts'

export function useNotifications(): void {
  const client = useClient()
  const me = useMyId()
  const online = useSnapshot(({ connection }) => connection.state === 'online')
  const { notifications, previews } = useStore(settings, value => value)
  useEffect(() => {
    if (me !== 0) return watchNews(client)
  }, [client, me])
  // biome-ignore lint/correctness/useExhaustiveDependencies: other settings mean another subscription.
  useEffect(() => {
    if (online && me !== 0) void keepPush(client, me)
  }, [client, me, online, notifications, previews])
  // With each language the page is drawn anew, and with it this.
  useEffect(() => {
    void keepWords({
      app: text.app,
      newMessage: text.notifications.newMessage,
      test: text.notifications.testBody,
    })
  }, [])
}
