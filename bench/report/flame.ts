// Turns a V8 CPU profile (`.cpuprofile`) into the tree that a flame graph draws. For the runner, which records the
// profiles, and page.ts.

import * as z from 'zod'
import type { FlameNode } from './model.ts'
import { placesBy } from './places.ts'

const profileShape = z.object({
  nodes: z
    .array(
      z.object({
        id: z.number(),
        callFrame: z.object({
          functionName: z.string(),
          url: z.string(),
          lineNumber: z.number(),
          columnNumber: z.number().default(0),
        }),
        children: z.array(z.number()).optional(),
      }),
    )
    .min(1),
  samples: z.array(z.number()),
  timeDeltas: z.array(z.number()).optional(),
  sourceMaps: z.record(z.string(), z.string()).default({}),
})
type Profile = z.infer<typeof profileShape>
type ProfileNode = Profile['nodes'][number]

/**
 * The calls of the profile, merged by call path, the most expensive child first. A sample counts by the time until
 * the next one: on a busy machine the sampler comes late, and mostly while the process works.
 * @param profile      as V8 gives it; with `sourceMaps` (by URL, see placesBy) lines are those of the sources
 * @param name         of the root, like `gateway-0`
 * @param projectRoot  a folder; files in it are named relative to it
 * @throws Error when it is no V8 CPU profile
 */
export function flameOf(profile: object, name: string, projectRoot: string): FlameNode {
  const parsed = profileShape.safeParse(profile)
  if (!parsed.success) {
    throw new Error(`not a V8 CPU profile: ${z.prettifyError(parsed.error)}`)
  }
  const { nodes } = parsed.data
  const byId = new Map(nodes.map(node => [node.id, node]))
  const calls: Calls = { byId, own: weights(parsed.data), name: nameOf(parsed.data, projectRoot) }
  const root = nodes.find(({ callFrame }) => callFrame.functionName === '(root)') ?? nodes[0]
  return merge(name, root ? [root] : [], calls)
}

/** The tree without calls below this share (0–1) of the whole. */
export function prune(root: FlameNode, share: number): FlameNode {
  const least = root.samples * share
  const without = (node: FlameNode): FlameNode => ({
    ...node,
    children: node.children.filter(({ samples }) => samples >= least).map(without),
  })
  return without(root)
}

/** What V8 calls the time in which the process waited. */
const waiting = '(idle)'

/** The tree without the time in which the process waited, and that time's share (0–1) of the whole. */
export function busyPart(root: FlameNode): { busy: FlameNode; idleShare: number } {
  const idle = root.children.find(({ name }) => name === waiting)?.samples ?? 0
  const children = root.children.filter(({ name }) => name !== waiting)
  const busy = { ...root, samples: round(root.samples - idle), children }
  return { busy, idleShare: root.samples === 0 ? 0 : idle / root.samples }
}

/** Samples in each function itself, without what it called, over all call paths; the most expensive first. */
export function ownTimes(root: FlameNode): { name: string; samples: number }[] {
  const byName = new Map<string, number>()
  const visit = (node: FlameNode): void => {
    const below = node.children.reduce((sum, child) => sum + child.samples, 0)
    byName.set(node.name, (byName.get(node.name) ?? 0) + Math.max(0, node.samples - below))
    node.children.forEach(visit)
  }
  root.children.forEach(visit)
  return [...byName]
    .map(([name, samples]) => ({ name, samples: round(samples) }))
    .sort((a, b) => b.samples - a.samples)
}

interface Calls {
  byId: Map<number, ProfileNode>
  /** Weight of the samples in a node itself. */
  own: Map<number, number>
  name: (node: ProfileNode) => string
}

/** One node out of several with the same name and the same callers. */
function merge(name: string, same: ProfileNode[], calls: Calls): FlameNode {
  const groups = new Map<string, ProfileNode[]>()
  for (const node of same) {
    for (const id of node.children ?? []) {
      const child = calls.byId.get(id)
      if (!child) continue
      const childName = calls.name(child)
      const group = groups.get(childName)
      if (group) group.push(child)
      else groups.set(childName, [child])
    }
  }
  const children = [...groups]
    .map(([childName, group]) => merge(childName, group, calls))
    .filter(({ samples }) => samples > 0)
    .sort((a, b) => b.samples - a.samples)
  const own = same.reduce((sum, { id }) => sum + (calls.own.get(id) ?? 0), 0)
  const samples = children.reduce((sum, child) => sum + child.samples, own)
  return { name, samples: round(samples), children }
}

/** By node, in samples: one for each without times, else its share of the time at the mean distance of two. */
function weights({ samples, timeDeltas }: Profile): Map<number, number> {
  const own = new Map<number, number>()
  const times = timeDeltas?.length === samples.length ? timeDeltas : null
  // A delta is the time since the sample before; the last sample stands for nothing but itself.
  const last = times ? times.slice(1).map(delta => Math.max(0, delta)) : []
  const mean = last.reduce((sum, delta) => sum + delta, 0) / last.length
  for (const [i, id] of samples.entries()) {
    const weight = mean > 0 ? (last[i] ?? mean) / mean : 1
    own.set(id, (own.get(id) ?? 0) + weight)
  }
  return own
}

/** `function file:line`; what is no JavaScript has only the name that V8 gives it. */
function nameOf({ sourceMaps }: Profile, projectRoot: string): (node: ProfileNode) => string {
  const root = projectRoot.endsWith('/') ? projectRoot : `${projectRoot}/`
  const placeOf = placesBy(sourceMaps)
  return ({ callFrame }) => {
    if (callFrame.url === '') return callFrame.functionName || '(anonymous)'
    const { name, line } = placeOf(callFrame)
    return `${name || '(anonymous)'} ${shorten(callFrame.url, root)}:${line}`
  }
}

/** Packages begin with their name, our own files with their folder. */
function shorten(url: string, root: string): string {
  const path = decode(url.replace(/^file:\/\//, '').replace(/[?#].*$/, ''))
  const packages = path.lastIndexOf('/node_modules/')
  if (packages >= 0) return path.slice(packages + '/node_modules/'.length)
  return path.startsWith(root) ? path.slice(root.length) : path
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

function round(samples: number): number {
  return Math.round(samples * 100) / 100
}
