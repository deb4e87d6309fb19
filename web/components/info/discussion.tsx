// The group in which a channel's posts are commented on: choosing it, going there, parting from it.

import type { Chat, ChatView } from '#client/types.ts'
import { can, runsChat } from '#shared/protocol/permissions.ts'
import { useAction } from '../../hooks/use-action.ts'
import { text } from '../../locales/index.ts'
import { useChat, useClient, useSnapshot } from '../../state/client-context.ts'
import { titleOf } from '../../state/naming.ts'
import { openChat } from '../../state/navigation.ts'
import { ask } from '../../state/questions.ts'
import { Avatar } from '../parts/avatar.tsx'
import { ErrorLine } from '../parts/error-line.tsx'

export function Discussion({ chat }: { chat: Chat }) {
  return (
    <section className="info-card form">
      <p className="muted">
        {chat.kind === 'channel' ? text.members.discussion.hint : text.members.discussion.groupHint}
      </p>
      {chat.linked === undefined ? <Choice chat={chat} /> : <Linked chat={chat} to={chat.linked} />}
    </section>
  )
}

function Linked({ chat, to }: { chat: Chat; to: number }) {
  const client = useClient()
  const other = useChat(to)
  const { run, busy, error } = useAction()
  const words = text.members.discussion
  const channel = chat.kind === 'channel' ? chat.id : to
  const title = other ? titleOf(other) : words.other
  const open = () =>
    run(async () => {
      if (!other && chat.kind === 'channel') await client.rooms.joinDiscussion(chat.id)
      openChat(to)
    })
  const part = () =>
    ask({
      title: words.unlink,
      sentence: words.unlinkSure(title),
      button: words.unlink,
      run: () => client.rooms.linkDiscussion(channel, null),
    })
  return (
    <>
      <p className="person" data-testid="linked">
        <Avatar id={to} name={title} small />
        <span className="person-name">{title}</span>
      </p>
      <ErrorLine error={error} />
      <div className="form-buttons">
        {mayLink(chat) && (
          <button type="button" className="text-button danger" data-testid="unlink" onClick={part}>
            {words.unlink}
          </button>
        )}
        {(other || chat.kind === 'channel') && (
          <button type="button" className="secondary" disabled={busy} onClick={open}>
            {text.dialogs.openIt}
          </button>
        )}
      </div>
    </>
  )
}

function Choice({ chat }: { chat: Chat }) {
  const client = useClient()
  const chats = useSnapshot(snapshot => snapshot.chats)
  const { run, busy, error } = useAction()
  const words = text.members.discussion
  if (chat.kind !== 'channel') return <p>{words.fromChannel}</p>
  const groups = chats.filter(isLinkable)
  return (
    <>
      {groups.length === 0 && <p className="empty">{words.noGroups}</p>}
      <ErrorLine error={error} />
      <ul className="people">
        {groups.map(view => (
          <li key={view.chat.id}>
            <button
              type="button"
              className="person person-button"
              data-testid="link-group"
              disabled={busy}
              onClick={() => run(() => client.rooms.linkDiscussion(chat.id, view.chat.id))}
            >
              <Avatar id={view.chat.id} name={titleOf(view)} small />
              <span className="person-name">
                {titleOf(view)}
                <span className="muted person-handle">
                  {text.conversation.members(view.chat.members)}
                </span>
              </span>
            </button>
          </li>
        ))}
      </ul>
    </>
  )
}

/** Groups that the person runs with the rights this takes, and that belong to no other channel. */
function isLinkable({ chat }: ChatView): boolean {
  const may = (right: 'invite') => can(chat.me, right, { defaultRights: chat.rights })
  return chat.kind === 'group' && chat.linked === undefined && mayLink(chat) && may('invite')
}

function mayLink(chat: Chat): boolean {
  return runsChat(chat.me.role) && can(chat.me, 'changeInfo', { defaultRights: chat.rights })
}
