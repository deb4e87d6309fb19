// Writes what a run found into files, whole or not at all: a run of an hour must not end in half a file. Called by
// the runner.

import { randomUUID } from 'node:crypto'
import { mkdir, open, realpath, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

/** What a person makes of the system's code. */
const causes: Record<string, string> = {
  EACCES: 'permission denied',
  EDQUOT: 'the quota is used up',
  EFBIG: 'the file would be too large',
  EIO: 'the disk failed',
  EISDIR: 'it is a folder',
  EEXIST: 'its folder is a file',
  ENAMETOOLONG: 'the name is too long',
  ENOENT: 'no such file or folder',
  ENOSPC: 'no space left',
  ENOTDIR: 'its folder is a file',
  EPERM: 'not permitted',
  EROFS: 'the file system is read-only',
}

/**
 * Writes the value as JSON: a line for each entry of a top-level list, so that versions compare well line by line.
 * @throws Error as writeText does
 */
export async function writeJson(path: string, value: object): Promise<void> {
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .map(([key, member]) => `${JSON.stringify(key)}: ${lines(member)}`)
  await writeText(path, `{\n${members.join(',\n')}\n}\n`)
}

/**
 * Writes the file beside its place and moves it there, making its folder where there is none. What is no file (a
 * device, a pipe) is written to as it is.
 * @throws Error `cannot write PATH: no space left (ENOSPC)`, with the system's error as its cause; what stood at
 *         the path before is as it was
 */
export async function writeText(path: string, text: string): Promise<void> {
  try {
    const there = await stat(path).catch(absent)
    if (there?.isDirectory()) throw Object.assign(new Error('a folder'), { code: 'EISDIR' })
    if (there && !there.isFile()) await fill(path, 'w', text)
    // A link stays one: the file it leads to is replaced.
    else await replace(there ? await realpath(path) : path, text)
  } catch (error) {
    throw new Error(`cannot write ${path}: ${causeText(error)}`, { cause: error })
  }
}

/** `no space left (ENOSPC)`; the system's own words for what is rare. */
export function causeText(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  const text = code === undefined ? undefined : causes[code]
  return text ? `${text} (${code})` : message
}

async function replace(path: string, text: string): Promise<void> {
  await makeFolder(dirname(path))
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`)
  try {
    await fill(temporary, 'wx', text)
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {})
    throw error
  }
}

/** Not by mkdir's own `recursive`: where nothing can be made, in /proc for one, Node 20 tries for ever. */
async function makeFolder(path: string): Promise<void> {
  const problem = await mkdir(path).catch((error: NodeJS.ErrnoException) => error)
  if (problem === undefined) return
  if (problem.code === 'EEXIST' && (await stat(path)).isDirectory()) return
  if (problem.code !== 'ENOENT' || dirname(path) === path) throw problem
  await makeFolder(dirname(path))
  await mkdir(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
}

async function fill(path: string, flags: 'w' | 'wx', text: string): Promise<void> {
  const file = await open(path, flags)
  try {
    await file.writeFile(text)
    // Some file systems say only now that there was no room. A device need not be able to.
    if (flags === 'wx') await file.sync()
  } finally {
    await file.close()
  }
}

function absent(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT') return null
  throw error
}

function lines(member: unknown): string {
  if (!Array.isArray(member) || member.length === 0) return JSON.stringify(member)
  return `[\n${member.map(entry => `  ${JSON.stringify(entry)}`).join(',\n')}\n]`
}
