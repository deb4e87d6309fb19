// The field on top of the chats. Ctrl+K leads here, arrows into what was found, Escape out.

import { type KeyboardEvent, useEffect, useRef } from 'react'
import { useShortcut } from '../../hooks/use-shortcut.ts'
import { text } from '../../locales/index.ts'
import { closeChat, screenView, wantedSearch } from '../../state/navigation.ts'
import { isTouch } from '../../state/pointer.ts'
import { closeSearch, openSearch, searchView } from '../../state/search-view.ts'
import { useStore } from '../../state/store.ts'
import { Icon } from '../parts/icon.tsx'
import { IconButton } from '../parts/icon-button.tsx'

export function SearchField() {
  const field = useRef<HTMLInputElement>(null)
  const { open, query } = useStore(searchView, state => state)
  useShortcut('search', () => {
    // On a phone an open chat hides the list.
    if (field.current?.offsetParent === null && screenView.get().chat !== null) closeChat()
    openSearch()
    requestAnimationFrame(() => field.current?.select())
    return true
  })
  const wanted = useStore(wantedSearch, words => words)
  useEffect(() => {
    if (wanted === null) return
    wantedSearch.set(null)
    openSearch(wanted)
  }, [wanted])
  useEffect(() => {
    if (open && document.activeElement === document.body) field.current?.focus()
  }, [open])
  const onKeyDown = (event: KeyboardEvent) => {
    const first = document.querySelector<HTMLElement>('#search-results [data-hit]')
    if (event.key === 'Escape' && open) closeSearch()
    else if (event.key === 'ArrowDown' && open) first?.focus()
    else if (event.key === 'ArrowDown') openSearch()
    else if (event.key === 'Enter') first?.click()
    else return
    event.preventDefault()
    event.stopPropagation()
  }
  return (
    <search className="search-field">
      <Icon name="search" />
      <input
        ref={field}
        type="search"
        data-testid="search"
        aria-label={text.search.label}
        aria-controls={open ? 'search-results' : undefined}
        placeholder={text.search.placeholder}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        enterKeyHint="search"
        value={query}
        // Not by the focus alone: the Tab key passes here on its way to the chats.
        onClick={() => openSearch()}
        onChange={event => openSearch(event.target.value)}
        onKeyDown={onKeyDown}
      />
      {open && (
        <IconButton
          icon="close"
          label={text.search.clear}
          data-testid="search-clear"
          onClick={() => {
            closeSearch()
            if (!isTouch()) field.current?.focus()
          }}
        />
      )}
    </search>
  )
}
