// What a window holds of the person who was signed in, beside the SDK.

import type { UserId } from '#shared/protocol/ids.ts'
import { resetDrafts } from './drafts.ts'
import { showFolder } from './list-view.ts'
import { resetView } from './navigation.ts'
import { resetOriginals } from './originals.ts'
import { forgetPush } from './push.ts'
import { forgetQuestion } from './questions.ts'
import { forgetEmojis } from './recent-emojis.ts'
import { forgetAllSearches } from './recent-searches.ts'
import { closeSearch } from './search-view.ts'
import { settingsView } from './settings-view.ts'

/** Somebody else may sign in next. @param user who was signed in */
export function forgetPerson(user: UserId): void {
  settingsView.set(null)
  resetView()
  resetDrafts()
  showFolder(null)
  closeSearch()
  forgetAllSearches()
  forgetQuestion()
  resetOriginals()
  forgetEmojis()
  forgetPush(user)
}
