// Reports messages, a person or a chat to those who run the server.

import { useState } from 'react'
import { limits } from '#shared/protocol/limits.ts'
import { type ReportReason, reportReason } from '#shared/protocol/privacy.ts'
import { text } from '../../locales/index.ts'
import { useChat, useClient, useNames } from '../../state/client-context.ts'
import { nameOf, titleOf } from '../../state/naming.ts'
import { closeDialog, type Dialog } from '../../state/navigation.ts'
import { Modal } from '../parts/modal.tsx'
import { TextArea } from '../parts/text-area.tsx'
import { DialogForm } from './dialog-form.tsx'

export function Report({ what }: { what: Dialog & { kind: 'report' } }) {
  const client = useClient()
  const title = useReportTitle(what)
  const [reason, setReason] = useState<ReportReason>('spam')
  const [words, setWords] = useState('')
  const [done, setDone] = useState(false)
  const { report } = text.people
  const { chat, seqs, user } = what
  const submit = async () => {
    await client.people.report(chat, reason, {
      ...(seqs && { seqs: [...seqs] }),
      ...(user !== undefined && { user }),
      ...(words.trim() !== '' && { text: words.trim() }),
    })
    setDone(true)
  }
  if (done) {
    return (
      <Modal title={title} onClose={closeDialog}>
        <p role="status">{report.thanks}</p>
        <div className="form-buttons">
          <button type="button" className="primary" onClick={closeDialog}>
            {report.done}
          </button>
        </div>
      </Modal>
    )
  }
  return (
    <DialogForm title={title} button={report.button} submit={submit}>
      <p className="muted">{report.hint}</p>
      <fieldset className="choices">
        <legend>{report.reason}</legend>
        {reportReason.options.map(each => (
          <label key={each} className="tick">
            <input
              type="radio"
              name="reason"
              checked={reason === each}
              onChange={() => setReason(each)}
            />
            <span>{report.reasons[each]}</span>
          </label>
        ))}
      </fieldset>
      <TextArea
        label={`${report.text} (${text.dialogs.optional})`}
        maxLength={limits.reportTextCharsMax}
        value={words}
        onValue={setWords}
      />
    </DialogForm>
  )
}

function useReportTitle({ chat, seqs, user }: Dialog & { kind: 'report' }): string {
  const view = useChat(chat)
  const names = useNames()
  const { report } = text.people
  if (seqs) return report.messages(seqs.length)
  if (user !== undefined) return report.person(nameOf(names, user))
  return view ? report.chat(titleOf(view)) : report.title
}
