// What a window holds of the person who was signed in, beside the SDK.

import { resetDrafts } from './drafts.ts'
import { showFolder } from './list-view.ts'
import { forgetQuestion } from './questions.ts'
import { forgetAllSearches } from './recent-searches.ts'
import { closeSearch } from './search-view.ts'
import { settingsView } from './settings-view.ts'
import { resetView } from './view.ts'

/** Somebody else may sign in next. */
export function forgetPerson(): void {
  settingsView.set(null)
  resetView()
  resetDrafts()
  showFolder(null)
  closeSearch()
  forgetAllSearches()
  forgetQuestion()
}
