// Waiting for a certain frame while a member enters a peer; not for the hot path.

import { type Wire, WireError } from '../wire.ts'

const timeoutMs = 15_000

/**
 * Says something and resolves with the text of the first frame that has one of the words.
 * @param refusal frames with this word reject
 * @throws WireError with the server's words when it refuses or closes, or says nothing in 15 s
 */
export function answer(
  wire: Wire,
  request: Buffer,
  wanted: RegExp,
  refusal?: RegExp,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const over = () => {
      clearTimeout(late)
      wire.onFrame = () => undefined
      wire.onClose = () => undefined
    }
    const fail = (message: string, code: string) => {
      over()
      reject(new WireError(message, code))
    }
    const late = setTimeout(() => fail(`no answer like ${wanted} in 15 s`, 'timeout'), timeoutMs)
    wire.onClose = code => fail(`the server closed with ${code}`, `closed ${code}`)
    wire.onFrame = (bytes, start, end) => {
      const text = bytes.toString('utf8', start, end)
      if (refusal?.test(text)) fail(`the server refused: ${text}`, 'refused')
      else if (wanted.test(text)) {
        over()
        resolve(text)
      }
    }
    wire.write(request)
  })
}
