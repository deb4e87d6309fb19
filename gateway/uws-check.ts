// Loads uWebSockets.js for gateway/server.ts, which alone may use it. The package is a re-publication of the
// author's binaries, so each one that we ship with is checked against gateway/uws-binaries.json before it
// runs in our process; its own entry file would load whatever lies there.
// To take the author's git tag instead: "uWebSockets.js": "github:uNetworking/uWebSockets.js#v20.52.0" and
// the new hashes.

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import binaries from './uws-binaries.json' with { type: 'json' }

type Uws = typeof import('uWebSockets.js')

/** What decides which binary is loaded; a parameter so that tests can be another machine. */
export interface Platform {
  platform: string
  arch: string
  /** `process.versions.modules`: the ABI of this Node. */
  abi: string
  /** The packages' folder of uWebSockets.js. */
  folder: string
}

/**
 * Checks and loads the binary; about 10 ms, once a process.
 * @throws Error that says which of Node version, glibc, platform or changed file is the reason, and what to do
 */
export function loadUws(on: Platform = thisMachine()): Uws {
  const name = `uws_${on.platform}_${on.arch}_${on.abi}.node`
  const path = join(on.folder, name)
  const expected = (binaries as Record<string, string>)[name]
  if (expected === undefined) throw refused(`there is no checked binary ${name}`)
  const actual = createHash('sha256').update(readBinary(path)).digest('hex')
  if (actual !== expected) {
    throw refused(
      `${name} is not the file this version was released with (SHA-256 ${actual}); run npm ci`,
    )
  }
  try {
    return createRequire(import.meta.url)(path) as Uws
  } catch (cause) {
    throw refused(cause instanceof Error ? cause.message : String(cause), cause)
  }
}

function thisMachine(): Platform {
  const require = createRequire(import.meta.url)
  return {
    platform: process.platform,
    arch: process.arch,
    abi: process.versions.modules,
    folder: dirname(require.resolve('uWebSockets.js/package.json')),
  }
}

function readBinary(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (cause) {
    throw refused(`${path} cannot be read; run npm ci`, cause)
  }
}

function refused(why: string, cause?: unknown): Error {
  return new Error(
    `uWebSockets.js cannot be loaded: ${why}.\n` +
      `This is Node ${process.version} on ${process.platform} ${process.arch}, ${libc()}. ` +
      'It runs with Node 20 on glibc 2.27 or newer, and with Node 24 on glibc 2.38 or newer ' +
      '(Debian 13, Ubuntu 24.04); Alpine (musl) does not work.',
    { cause },
  )
}

function libc(): string {
  const report = process.report.getReport() as { header?: { glibcVersionRuntime?: string } }
  const version = report.header?.glibcVersionRuntime
  return version ? `glibc ${version}` : 'without glibc'
}
