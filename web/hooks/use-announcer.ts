// What a screen reader says of messages that arrive in the open chat: author and text of others' new ones, not what history
// or a jump brings.

import { useEffect, useRef, useState } from 'react'
import type { ChatWindow } from '#client/types.ts'
import { coverSpoilers } from '#shared/protocol/cover-spoilers.ts'
import type { Seq } from '#shared/protocol/ids.ts'
import { text } from '../locales/index.ts'
import { useClient, useMyId } from '../state/client-context.ts'
import { nameOf } from '../state/naming.ts'
import { serviceText } from '../state/service-text.ts'

const charsMax = 300

/** @returns the sentence for a polite live region */
export function useAnnouncer({ messages, moreAfter, loading }: ChatWindow): string {
  const client = useClient()
  const me = useMyId()
  const [sentence, setSentence] = useState('')
  const last = useRef<Seq | undefined>(undefined)
  useEffect(() => {
    const message = messages.findLast(each => each.seq !== undefined)
    const seq = message?.seq
    const before = last.current
    last.current = seq
    const isNew = before !== undefined && seq !== undefined && seq > before
    if (!isNew || loading || moreAfter || message?.deleted || message?.from === me) return
    const names = client.getSnapshot()
    const name = nameOf(names, message?.from ?? 0)
    const service = message && serviceText(message, user => nameOf(names, user))
    const words = coverSpoilers(message?.text ?? '', message?.ents).slice(0, charsMax)
    setSentence(service ?? text.conversation.announced(name, words))
  }, [client, me, messages, moreAfter, loading])
  return sentence
}
