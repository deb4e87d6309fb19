// Preloaded into the api and the gateways that are measured (NODE_OPTIONS `--import=…`): takes CPU profiles and the
// delays of the event loop when told to on a unix socket in the stack's own folder, so that no port is opened. A
// connection brings one command and takes one answer; probe.ts is its other end. Does nothing until it is told.

import { rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { createHistogram } from 'node:perf_hooks'
import { isMainThread } from 'node:worker_threads'

/** How often the event loop is asked to come by; what it is late by is its delay. */
const periodMs = 10
const sampleEveryUs = 500

const path = new URL(import.meta.url).searchParams.get('socket')
// The threads of a process are given the same options, but are not probed.
if (path !== null && isMainThread) listen(path)

function listen(path) {
  // Of a process that was killed.
  rmSync(path, { force: true })
  const server = createServer(socket => {
    let asked = ''
    socket.on('error', () => undefined)
    socket.on('data', bytes => {
      asked += bytes
      if (asked.endsWith('\n')) void answer(asked.trim()).then(text => socket.end(text))
    })
  })
  server.listen(path)
  // The process ends as it would without.
  server.unref()
}

async function answer(command) {
  try {
    const obey = commands[command]
    if (!obey) throw new Error(`there is no command ${command}`)
    return JSON.stringify({ result: (await obey()) ?? null })
  } catch (error) {
    return JSON.stringify({ error: String(error?.message ?? error) })
  }
}

const delays = createHistogram()
let timer
let session
let sourceMaps = {}

const commands = {
  /** From now on delays count. */
  delaysOn() {
    clearInterval(timer)
    let beforeMs = performance.now()
    timer = setInterval(() => {
      const nowMs = performance.now()
      delays.record(Math.max(1, Math.round((nowMs - beforeMs - periodMs) * 1000)))
      beforeMs = nowMs
    }, periodMs)
    timer.unref()
  },

  delaysOff() {
    clearInterval(timer)
  },

  /** What counted since this was asked for last, ms. */
  delaysTake() {
    const at = percentile => delays.percentile(percentile) / 1000
    const max = delays.count === 0 ? 0 : delays.max / 1000
    const taken = { count: delays.count, p50: at(50), p95: at(95), p99: at(99), max }
    delays.reset()
    return taken
  },

  async profileOn() {
    const { Session } = await import('node:inspector/promises')
    session = new Session()
    session.connect()
    await session.post('Profiler.enable')
    await session.post('Profiler.setSamplingInterval', { interval: sampleEveryUs })
    await session.post('Profiler.start')
  },

  /** The profile, and where the source map of each script is, by the script's URL. */
  async profileOff() {
    const { profile } = await session.post('Profiler.stop')
    sourceMaps = {}
    session.on('Debugger.scriptParsed', ({ params }) => {
      if (params.sourceMapURL) sourceMaps[params.url] = params.sourceMapURL
    })
    // Tells of every script before it answers.
    await session.post('Debugger.enable')
    await session.post('Debugger.disable')
    session.disconnect()
    return { profile, sourceMaps }
  },
}
