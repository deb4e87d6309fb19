// What a window holds of the person who was signed in, beside the SDK.

import { resetDrafts } from './drafts.ts'
import { settingsView } from './settings-view.ts'
import { resetView } from './view.ts'

/** Somebody else may sign in next. */
export function forgetPerson(): void {
  settingsView.set(null)
  resetView()
  resetDrafts()
}
