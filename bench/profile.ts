// CPU profiles of running processes, taken by the probes in them (measure/probe.ts). The runner takes one over the
// last run of a measurement. Places in them are those of the TypeScript files, whatever V8 was given.

import { readFileSync } from 'node:fs'
import { SourceMap, type SourceMapPayload } from 'node:module'
import * as z from 'zod'
import type { OnMark } from './generator/load.ts'
import { type Probed, tellProbe } from './measure/probe.ts'

const taken = z.object({
  profile: z.looseObject({
    nodes: z.array(
      z.looseObject({
        callFrame: z.looseObject({
          url: z.string(),
          lineNumber: z.number(),
          columnNumber: z.number(),
        }),
      }),
    ),
  }),
  sourceMaps: z.record(z.string(), z.string()),
})
type Taken = z.infer<typeof taken>

/** A process and the content of its `.cpuprofile` file. */
export interface Profile {
  process: string
  profile: object
}

/** Profiles of several processes over one measured window. */
export class Recording {
  readonly #processes: readonly Probed[]
  #profiles: Promise<Profile[]> = Promise.reject(new Error('the window did not end'))

  constructor(processes: readonly Probed[]) {
    this.#processes = processes
    this.#profiles.catch(() => undefined)
  }

  onMark: OnMark = mark => {
    const work = mark === 'begin' ? this.#start() : this.#profiles.then(() => this.#stop())
    this.#profiles = work
    work.catch(() => undefined)
  }

  /** Once the window is over. @throws Error when a probe did not answer */
  profiles(): Promise<Profile[]> {
    return this.#profiles
  }

  async #start(): Promise<Profile[]> {
    await Promise.all(this.#processes.map(each => tellProbe(each, 'profileOn')))
    return []
  }

  #stop(): Promise<Profile[]> {
    return Promise.all(
      this.#processes.map(async each => ({
        process: each.name,
        profile: placed(taken.parse(await tellProbe(each, 'profileOff'))),
      })),
    )
  }
}

/** The profile with the files and lines as they were written. */
function placed({ profile, sourceMaps }: Taken): object {
  const maps = new Map<string, SourceMap | null>()
  for (const { callFrame } of profile.nodes) {
    const { url } = callFrame
    const mapUrl = sourceMaps[url]
    if (mapUrl === undefined) continue
    const map = maps.has(url) ? maps.get(url) : readMap(mapUrl, url)
    maps.set(url, map ?? null)
    const found = map?.findEntry(callFrame.lineNumber, callFrame.columnNumber)
    if (!found || !('originalLine' in found)) continue
    callFrame.lineNumber = found.originalLine
    callFrame.columnNumber = found.originalColumn
    const base = mapUrl.startsWith('data:') ? url : new URL(mapUrl, url)
    if (found.originalSource) callFrame.url = new URL(found.originalSource, base).href
  }
  return profile
}

/** @param url the script's. @returns null for what cannot be read: the profile is worth showing without */
function readMap(mapUrl: string, url: string): SourceMap | null {
  try {
    const inline = /^data:[^,]*;base64,(.*)$/s.exec(mapUrl)?.[1]
    const json =
      inline === undefined ? readFileSync(new URL(mapUrl, url)) : Buffer.from(inline, 'base64')
    return new SourceMap(JSON.parse(json.toString()) as SourceMapPayload)
  } catch {
    return null
  }
}
