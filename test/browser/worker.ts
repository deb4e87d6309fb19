// The page's service worker, as tests look at it.

import type { Page } from 'playwright-core'
import { until } from '#test/helpers/until.ts'

/** It fetches all files of its build first. */
const patience = { timeoutMs: 60_000 }

/** When the worker answers for the page, with all its files. */
export async function controlled(page: Page): Promise<void> {
  await until(() => page.evaluate<boolean>('navigator.serviceWorker.controller !== null'), patience)
}

export interface Shown {
  title: string
  body: string
  tag: string
}

/**
 * The notifications that the browser shows for the page. Asked seldom: Chromium, asked while it is about to show one more,
 * may forget that one.
 */
export function shownIn(page: Page): Promise<Shown[]> {
  return page.evaluate(`(async () => {
    const registration = await navigator.serviceWorker.ready
    await new Promise(resolve => setTimeout(resolve, 400))
    const shown = await registration.getNotifications()
    return shown.map(({ title, body, tag }) => ({ title, body, tag }))
  })()`)
}
