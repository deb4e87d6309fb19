// The menu of one message: reactions above, below what can be done with it. One for the whole list, so that no message has to
// keep one of its own.

import { useCallback, useMemo } from 'react'
import { text } from '../../../locales/index.ts'
import { useClient } from '../../../state/client-context.ts'
import { type MenuSpot, messageMenu } from '../../../state/conversation-panel.ts'
import { useConversation } from '../../../state/conversation-scope.ts'
import { mayReact } from '../../../state/message-rights.ts'
import type { Row } from '../../../state/rows.ts'
import { useStore } from '../../../state/store.ts'
import { type Anchor, MenuList } from '../../parts/menu.tsx'
import { QuickReactions } from '../reactions/quick-reactions.tsx'
import { messageItems, selectedPart } from './message-items.ts'

export function MessageMenu({ rows }: { rows: readonly Row[] }) {
  const spot = useStore(messageMenu, value => value)
  const row = spot ? rows.find(each => each.key === spot.key) : undefined
  return spot && row ? <OpenMenu key={row.key} spot={spot} row={row} /> : null
}

function OpenMenu({ spot, row: { message } }: { spot: MenuSpot; row: Row }) {
  const client = useClient()
  const scope = useConversation()
  const close = useCallback(() => {
    messageMenu.set(null)
    const row = spot.from?.closest<HTMLElement>('[data-key]')
    ;(spot.from ?? row)?.focus({ preventScroll: true })
  }, [spot])
  const anchor = useMemo(() => ({ current: anchorOf(spot) }), [spot])
  // biome-ignore lint/correctness/useExhaustiveDependencies: the selection of the moment when the menu opened counts.
  const items = useMemo(
    () => messageItems({ client, scope, message, part: selectedPart(spot.key, message.text) }),
    [spot],
  )
  return (
    <MenuList
      label={text.message.menu}
      items={items}
      anchor={anchor}
      head={mayReact(message, scope.chat) && <QuickReactions message={message} onDone={close} />}
      onClose={close}
    />
  )
}

function anchorOf({ rect, from }: MenuSpot): Anchor {
  return {
    getBoundingClientRect: () => rect,
    contains: node => from?.matches('.message-menu') === true && from.contains(node),
  }
}
