// Where files arrive that were pasted or dropped: the page says that they cannot be sent yet.

import { text } from '../../../locales/index.ts'
import { say } from '../../../state/notices.ts'

/** Leaves text to the browser. */
export function refuseFiles(data: DataTransfer, event: { preventDefault(): void }): void {
  if (data.files.length === 0) return
  event.preventDefault()
  say(text.composer.noFiles)
}
