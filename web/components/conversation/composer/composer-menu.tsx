// What else than words can be sent, and what is waiting to be sent.

import type { ChatView } from '#client/types.ts'
import { useSection } from '../../../hooks/use-section.ts'
import { text } from '../../../locales/index.ts'
import { useClient } from '../../../state/client-context.ts'
import { openPanel } from '../../../state/conversation-panel.ts'
import type { Draft } from '../../../state/drafts.ts'
import { may } from '../../../state/message-rights.ts'
import { Icon } from '../../parts/icon.tsx'
import { Menu, type MenuItem } from '../../parts/menu.tsx'

export function ComposerMenu({ view, draft }: { view: ChatView; draft: Draft }) {
  const client = useClient()
  const scheduled = useSection(client.scheduled.list)
  const { id } = view.chat
  const waiting = scheduled?.filter(({ chat }) => chat === id).length ?? 0
  const items: MenuItem[] = []
  if (may(view.chat, 'polls') && view.chat.kind !== 'saved') {
    const reply = draft.reply === undefined ? {} : { reply: draft.reply }
    items.push({
      label: text.composer.poll,
      icon: 'poll',
      run: () => openPanel({ kind: 'poll', chat: id, ...reply }),
    })
  }
  items.push({
    label: text.composer.scheduled(waiting),
    icon: 'clock',
    run: () => openPanel({ kind: 'scheduled', chat: id }),
  })
  return (
    <Menu
      label={text.composer.more}
      items={items}
      className="icon-button composer-more"
      testId="composer-more"
    >
      <Icon name="plus" />
      {waiting > 0 && <span className="dot" />}
    </Menu>
  )
}
