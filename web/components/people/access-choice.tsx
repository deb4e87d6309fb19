// Whether a group or channel is public under a name or private.

import { text } from '../../locales/index.ts'

export function AccessChoice({ open, onOpen }: { open: boolean; onOpen(open: boolean): void }) {
  return (
    <fieldset className="choices">
      <legend>{text.dialogs.access}</legend>
      {[false, true].map(each => (
        <label key={String(each)} className="tick">
          <input type="radio" name="access" checked={open === each} onChange={() => onOpen(each)} />
          <span>{each ? text.dialogs.public : text.dialogs.private}</span>
        </label>
      ))}
    </fieldset>
  )
}
