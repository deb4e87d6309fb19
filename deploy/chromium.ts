// Where Chromium is, and how tests and measurements start it: without a screen, and without anything that it does by itself.

import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

const paths = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
const args = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** CHROMIUM_PATH, or where systems put it; undefined where it is not installed. */
export function chromiumPath(env: NodeJS.ProcessEnv): string | undefined {
  return env.CHROMIUM_PATH ?? paths.find(path => existsSync(path))
}

/** @throws Error when no Chromium is installed; `npm test` installs it */
export async function startChromium(env: NodeJS.ProcessEnv): Promise<Browser> {
  const executablePath = chromiumPath(env)
  if (!executablePath) throw new Error(`no Chromium at ${paths.join(', ')}`)
  return chromium.launch({ executablePath, args })
}
