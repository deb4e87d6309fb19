// Tells the probe in a measured process (probe.mjs) what to do, over its unix socket.

import { connect } from 'node:net'
import * as z from 'zod'

/** A process with a probe in it. */
export interface Probed {
  name: string
  /** Its unix socket. */
  socket: string
}

export type ProbeCommand = 'delaysOn' | 'delaysOff' | 'delaysTake' | 'profileOn' | 'profileOff'

/** A process whose event loop stands still answers late, but it must answer. */
const answerTimeoutMs = 20_000
const answerBytesMax = 256 * 1024 * 1024
const answer = z.union([z.object({ result: z.unknown() }), z.object({ error: z.string() })])
const preload = new URL('./probe.mjs', import.meta.url)

/** The option of Node's with which a process starts with a probe. @param socket  where it is to listen */
export function probeOption(socket: string): string {
  const url = new URL(preload)
  url.searchParams.set('socket', socket)
  return `--import=${url.href}`
}

/** @throws Error when nobody listens there, when the answer takes more than 20 s, and with the probe's own words */
export async function tellProbe({ name, socket }: Probed, command: ProbeCommand): Promise<unknown> {
  const text = await exchange(socket, command).catch((error: Error) => {
    throw new Error(`the probe of ${name} did not answer to ${command}: ${error.message}`)
  })
  const said = answer.parse(JSON.parse(text))
  if ('error' in said) throw new Error(`the probe of ${name}, ${command}: ${said.error}`)
  return said.result
}

function exchange(path: string, command: ProbeCommand): Promise<string> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = []
    let bytes = 0
    const socket = connect(path, () => socket.write(`${command}\n`))
    socket.setTimeout(answerTimeoutMs, () => socket.destroy(new Error('no answer in time')))
    socket.on('data', part => {
      parts.push(part)
      bytes += part.length
      if (bytes > answerBytesMax) socket.destroy(new Error('the answer is too large'))
    })
    socket.once('error', reject)
    socket.once('end', () => resolve(Buffer.concat(parts).toString()))
    socket.once('close', () => reject(new Error('it was cut')))
  })
}
