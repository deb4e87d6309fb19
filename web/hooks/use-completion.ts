// What can complete the word before the caret of a field: members behind @, emojis behind a colon. The arrow keys choose, Enter
// and Tab take it, Escape leaves the word as it is. Commands of bots will be one more source.

import { type KeyboardEvent, type RefObject, useCallback, useEffect, useId, useState } from 'react'
import type { PetrelClient } from '#client/index.ts'
import type { Chat } from '#client/types.ts'
import { applyChange } from '../state/apply-change.ts'
import { useClient, useMyId } from '../state/client-context.ts'
import { type Begun, begunAt, replaceWith } from '../state/composer-text.ts'
import { nameOfUser } from '../state/naming.ts'
import { useLater } from './use-later.ts'

const shownMax = 8
const pauseMs = 120

export interface Choice {
  key: string
  label: string
  hint?: string
  /** Somebody's id, for their picture. */
  user?: number
  emoji?: string
  /** What stands in the field then. */
  words: string
}

export interface Completion {
  id: string
  choices: readonly Choice[]
  active: number
  take(index: number): void
  /** Call it after each change of the text. */
  look(): void
  /** @returns whether the key was meant for the list */
  onKeyDown(event: KeyboardEvent): boolean
  fieldProps: {
    onSelect(): void
    'aria-controls': string | undefined
    'aria-activedescendant': string | undefined
    'aria-autocomplete': 'list'
  }
}

export function useCompletion(
  chat: Chat,
  field: RefObject<HTMLTextAreaElement | null>,
): Completion {
  const id = useId()
  const [begun, setBegun] = useState<Begun | null>(null)
  const choices = useChoices(chat, begun)
  const [active, setActive] = useState(0)
  const look = useCallback(() => {
    const element = field.current
    const isCaret = element && element.selectionStart === element.selectionEnd
    const found = isCaret ? begunAt(element.value, element.selectionStart) : null
    setBegun(before => (same(before, found) ? before : found))
  }, [field])
  // biome-ignore lint/correctness/useExhaustiveDependencies: another list begins at its first choice.
  useEffect(() => setActive(0), [choices])
  const take = (index: number) => {
    const choice = choices[index]
    if (!choice || !begun || !field.current) return
    setBegun(null)
    applyChange(field.current, replaceWith(begun.from, begun.to, `${choice.words} `))
  }
  const isOpen = choices.length > 0
  return {
    id,
    choices,
    active,
    take,
    look,
    onKeyDown(event) {
      if (!isOpen) return false
      const moves: Record<string, number> = { ArrowDown: 1, ArrowUp: -1 }
      const move = moves[event.key]
      if (move !== undefined) setActive((active + move + choices.length) % choices.length)
      else if (event.key === 'Enter' || event.key === 'Tab') take(active)
      else if (event.key === 'Escape') setBegun(null)
      else return false
      event.preventDefault()
      return true
    },
    fieldProps: {
      onSelect: look,
      'aria-controls': isOpen ? id : undefined,
      'aria-activedescendant': isOpen ? `${id}-${active}` : undefined,
      'aria-autocomplete': 'list',
    },
  }
}

const none: readonly Choice[] = []

function useChoices(chat: Chat, begun: Begun | null): readonly Choice[] {
  const client = useClient()
  const me = useMyId()
  const later = useLater(begun, pauseMs)
  const [found, setFound] = useState<{ for: Begun; choices: readonly Choice[] } | null>(null)
  const { id, kind } = chat
  useEffect(() => {
    if (!later) return
    let current = true
    const search =
      later.sign === '@' ? findPeople(client, id, kind, later.words) : findEmojis(later.words)
    search.then(
      choices => {
        const others = choices.filter(choice => choice.user !== me).slice(0, shownMax)
        if (current) setFound({ for: later, choices: others })
      },
      // Without an answer one types on.
      () => {},
    )
    return () => {
      current = false
    }
  }, [client, me, id, kind, later])
  return begun && found && found.for.sign === begun.sign && found.for.from === begun.from
    ? found.choices
    : none
}

async function findPeople(
  client: PetrelClient,
  chat: number,
  kind: Chat['kind'],
  query: string,
): Promise<Choice[]> {
  if (kind !== 'group') return []
  const { users } = await client.members.list(chat, { query, limit: shownMax + 1 })
  return users
    .filter(user => !user.deleted)
    .map(user => ({
      key: String(user.id),
      user: user.id,
      label: nameOfUser(client.getSnapshot(), user),
      ...(user.username !== undefined && { hint: `@${user.username}` }),
      words: user.username ? `@${user.username}` : mentionOf(user.name, user.id),
    }))
}

/** Somebody without a username is called by a link to them. */
function mentionOf(name: string, user: number): string {
  return `[${name.replace(/[[\]\\]/g, '')}](petrel://user/${user})`
}

async function findEmojis(query: string): Promise<Choice[]> {
  const { searchEmojis } = await import('../state/emojis.ts')
  const found = await searchEmojis(query)
  return found.slice(0, shownMax).map(({ unicode, label }) => ({
    key: unicode,
    emoji: unicode,
    label,
    words: unicode,
  }))
}

function same(a: Begun | null, b: Begun | null): boolean {
  return a === b || (a?.sign === b?.sign && a?.words === b?.words && a?.from === b?.from)
}
