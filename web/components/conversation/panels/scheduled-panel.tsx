// What waits to be sent in a chat: change text or time, send it now, take it back. One that was refused says why.

import { useState } from 'react'
import { fromMarkdown, toMarkdown } from '#client/index.ts'
import type { Scheduled } from '#client/types.ts'
import type { ErrorCode } from '#shared/protocol/codes.ts'
import type { ChatId } from '#shared/protocol/ids.ts'
import { useAction } from '../../../hooks/use-action.ts'
import { useSection } from '../../../hooks/use-section.ts'
import { text } from '../../../locales/index.ts'
import { useClient } from '../../../state/client-context.ts'
import { closePanel, openPanel } from '../../../state/conversation-panel.ts'
import { lately } from '../../../state/when.ts'
import { ErrorLine } from '../../parts/error-line.tsx'
import { Modal } from '../../parts/modal.tsx'
import { RichText } from '../messages/rich-text.tsx'

export function ScheduledPanel({ chat }: { chat: ChatId }) {
  const client = useClient()
  const all = useSection(client.scheduled.list)
  const list = all?.filter(each => each.chat === chat)
  return (
    <Modal title={text.composer.scheduled(list?.length ?? 0)} onClose={closePanel}>
      {list === undefined && (
        <div className="list-skeleton" role="status" aria-label={text.loading} />
      )}
      {list?.length === 0 && <p className="muted empty">{text.composer.noScheduled}</p>}
      <ul className="scheduled-list">
        {list?.map(scheduled => (
          <ScheduledLine key={scheduled.id} scheduled={scheduled} />
        ))}
      </ul>
    </Modal>
  )
}

function ScheduledLine({ scheduled }: { scheduled: Scheduled }) {
  const client = useClient()
  const action = useAction()
  const [editing, setEditing] = useState(false)
  const { id, at, failed } = scheduled
  const changeTime = () =>
    openPanel({
      kind: 'schedule',
      title: text.composer.changeTime,
      at,
      done: time => client.scheduled.change(id, { at: time }),
    })
  return (
    <li className="scheduled-line" data-testid="scheduled">
      <p className={failed ? 'failed-line' : 'muted'}>
        {failed ? text.composer.refused(sentenceOfCode(failed)) : text.composer.sentAt(lately(at))}
      </p>
      {editing ? (
        <EditText scheduled={scheduled} onDone={() => setEditing(false)} />
      ) : (
        <div className="words" dir="auto">
          <RichText text={scheduled.text} ents={scheduled.ents} />
        </div>
      )}
      <ErrorLine error={action.error} />
      <div className="scheduled-acts">
        <Act
          label={text.composer.sendNow}
          onPress={() => action.run(() => client.scheduled.sendNow(scheduled))}
        />
        <Act label={text.composer.changeTime} onPress={changeTime} />
        <Act label={text.composer.changeText} onPress={() => setEditing(!editing)} />
        <Act
          label={text.composer.cancelOne}
          onPress={() => action.run(() => client.scheduled.cancel(id))}
        />
      </div>
    </li>
  )
}

function Act({ label, onPress }: { label: string; onPress(): void }) {
  return (
    <button type="button" className="text-button" onClick={onPress}>
      {label}
    </button>
  )
}

function EditText({ scheduled, onDone }: { scheduled: Scheduled; onDone(): void }) {
  const client = useClient()
  const action = useAction()
  const [words, setWords] = useState(() => toMarkdown(scheduled.text, scheduled.ents))
  const save = () =>
    action.run(async () => {
      const formatted = fromMarkdown(words.trim())
      await client.scheduled.change(scheduled.id, formatted)
      onDone()
    })
  return (
    <div className="form">
      <textarea
        className="panel-text"
        aria-label={text.composer.changeText}
        value={words}
        rows={4}
        onChange={event => setWords(event.target.value)}
      />
      <ErrorLine error={action.error} />
      <div className="form-buttons">
        <button type="button" className="primary" disabled={action.busy} onClick={save}>
          {text.save}
        </button>
      </div>
    </div>
  )
}

/** The code comes from a server that may be newer than this page. */
function sentenceOfCode(code: string): string {
  return Object.hasOwn(text.errors, code) ? text.errors[code as ErrorCode] : text.errors.internal
}
