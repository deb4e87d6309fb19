// Speaks XMPP over WebSocket (RFC 7395) to ejabberd: anonymous sign-in, then a room of XEP-0045. A room's copy of
// the sender's own message is its answer.

import {
  type Dialect,
  type Member,
  type Reading,
  readIndex,
  seen,
  textBytes,
  writeIndex,
} from '../dialect.ts'
import { clientFrame, type Wire } from '../wire.ts'
import { answer } from './answer.ts'

const host = 'localhost'
const stanza = (words: string) => clientFrame(Buffer.from(words), 'text')
const open = stanza(
  `<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='${host}' version='1.0'/>`,
)
const auth = stanza("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='ANONYMOUS'/>")
const bind = stanza(
  "<iq xmlns='jabber:client' type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>",
)
const bodyEnd = Buffer.from('</body>')
const messageBegin = Buffer.from('<message')
/** Bytes that tell stanzas apart. */
const byte = { slash: 0x2f, m: 0x6d, r: 0x72 }
/** The last letter before `></message>`: a refused message comes back with `</error>` there. */
const lastLetterAt = 'r></message>'.length
const refusal = /<failure|type='error'|<stream:error|<close/

export const ejabberd: Dialect = {
  path: '/ws',
  subprotocol: 'xmpp',
  echoes: true,
  acks: false,

  async enter(wire: Wire, { token, room }: Member) {
    await answer(wire, open, /<stream:features/, refusal)
    await answer(wire, auth, /<success/, refusal)
    await answer(wire, open, /<stream:features/, refusal)
    await answer(wire, bind, /id='bind'/, refusal)
    const nick = token.replaceAll(/[^\w-]/g, '-')
    const join = `<presence xmlns='jabber:client' to='${roomAddress(room)}/${nick}'><x xmlns='http://jabber.org/protocol/muc'/></presence>`
    // The subject is the last thing that a room sends to who enters.
    await answer(wire, stanza(join), /<subject/, refusal)
  },

  speaker({ room }: Member) {
    const begin = `<message xmlns='jabber:client' to='${roomAddress(room)}' type='groupchat'><body>`
    const template = stanza(`${begin}${'x'.repeat(textBytes)}</body></message>`)
    const textAt = template.indexOf(begin) + begin.length
    return index => {
      const frame = Buffer.allocUnsafe(template.length)
      template.copy(frame)
      writeIndex(frame, textAt, index)
      return frame
    }
  },

  read(bytes: Buffer, start: number, end: number, into: Reading) {
    into.kind = seen.other
    if (bytes[start + 1] !== byte.m) return
    const bodyEndsAt = lastBody(bytes, start + messageBegin.length + textBytes, end)
    if (bodyEndsAt < 0) return
    into.kind = bytes[end - lastLetterAt] === byte.r ? seen.refused : seen.message
    into.index = readIndex(bytes, bodyEndsAt - textBytes)
  },
}

function roomAddress(room: number): string {
  return `room${room}@conference.${host}`
}

/** HOT: per delivery. Where the last `</body>` begins, or −1. Usually 17 bytes before the end. */
function lastBody(bytes: Buffer, from: number, end: number): number {
  for (let at = end - bodyEnd.length; at >= from; at--) {
    if (bytes[at + 1] !== byte.slash) continue
    if (bytes.compare(bodyEnd, 0, bodyEnd.length, at, at + bodyEnd.length) === 0) return at
  }
  return -1
}
