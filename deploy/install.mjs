// What `npm start` and `npm test` need before anything of ours can load: Node, packages, Debian packages.
// Plain JavaScript that imports nothing but Node's own modules, because nothing else is there yet.

import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** A reason to stop that people can act upon; shown without a stack. */
export class Unmet extends Error {}

/** @throws Unmet when this Node is not one of package.json's engines */
export function checkNode(version = process.versions.node) {
  const [major, minor] = version.split('.').map(Number)
  if ((major === 20 && minor >= 19) || major === 24 || major === 25) return
  throw new Unmet(`Petrel needs Node.js 20 (20.19 or newer) or 24; this is ${version}.`)
}

/** Runs `npm ci` when node_modules is missing or was made for another lock file. */
export function installPackages() {
  const lockFile = join(root, 'package-lock.json')
  const hash = createHash('sha256').update(readFileSync(lockFile)).digest('hex')
  // The binary packages differ by platform and by Node's ABI.
  const wanted = `${hash} ${process.platform} ${process.arch} ${process.versions.modules}\n`
  const stamp = join(root, 'node_modules', '.petrel-lock')
  const found = existsSync(stamp) ? readFileSync(stamp, 'utf8') : ''
  if (found === wanted) return
  // Somebody ran npm by hand after the lock file changed.
  const byHand = join(root, 'node_modules', '.package-lock.json')
  const samePlatform =
    found === '' || found.split(' ').slice(1).join() === wanted.split(' ').slice(1).join()
  if (
    samePlatform &&
    existsSync(byHand) &&
    statSync(byHand).mtimeMs >= statSync(lockFile).mtimeMs
  ) {
    writeFileSync(stamp, wanted)
    return
  }
  console.log('Installing packages …')
  const args = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error']
  const npm = process.env.npm_execpath
  const [command, first] = npm?.endsWith('.js') ? [process.execPath, [npm]] : ['npm', []]
  const done = spawnSync(command, [...first, ...args], { cwd: root, encoding: 'utf8' })
  if (done.status !== 0) {
    throw new Unmet(`npm ci failed:\n${done.error?.message ?? `${done.stdout}${done.stderr}`}`)
  }
  writeFileSync(stamp, wanted)
}

/**
 * Installs a Debian package when none of its programs is present.
 * @param instead  what else would do, for the line that is shown when we may not install
 * @throws Unmet when it is missing and cannot be installed
 */
export function installProgram(programs, debianPackage, instead) {
  if (programs.some(isPresent)) return
  const sudo = process.getuid?.() === 0 ? [] : ['sudo', '-n']
  const mayInstall =
    isPresent('apt-get') && (sudo.length === 0 || spawnSync('sudo', ['-n', 'true']).status === 0)
  if (!mayInstall) {
    throw new Unmet(
      `${programs[0]} is missing: install it (Debian: sudo apt-get install ${debianPackage})${instead}.`,
    )
  }
  console.log(`Installing ${debianPackage} …`)
  withoutServices(sudo, () => {
    const install = () => apt(sudo, ['install', '-y', '--no-install-recommends', debianPackage])
    // The lists of a fresh machine or image are often absent or too old.
    if (install().status === 0) return
    apt(sudo, ['update'])
    const again = install()
    if (again.status !== 0) {
      throw new Unmet(`apt-get could not install ${debianPackage}:\n${again.stdout}${again.stderr}`)
    }
  })
}

/** Shows an error and gives the exit code. */
export function explain(error) {
  console.error(error instanceof Unmet ? error.message : error)
  return 1
}

function isPresent(program) {
  return spawnSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' }).status === 0
}

function apt(sudo, args) {
  const command = [
    ...sudo,
    'env',
    'DEBIAN_FRONTEND=noninteractive',
    'RUNLEVEL=1',
    'apt-get',
    '-qq',
    ...args,
  ]
  return spawnSync(command[0], command.slice(1), { encoding: 'utf8' })
}

/** Debian starts the services that it installs, on their usual ports, unless this file says no. */
function withoutServices(sudo, work) {
  const policy = '/usr/sbin/policy-rc.d'
  if (existsSync(policy)) return work()
  const script = `printf '#!/bin/sh\\nexit 101\\n' > ${policy} && chmod 755 ${policy}`
  const command = [...sudo, 'sh', '-c', script]
  spawnSync(command[0], command.slice(1))
  try {
    return work()
  } finally {
    if (sudo.length === 0) rmSync(policy, { force: true })
    else spawnSync('sudo', ['-n', 'rm', '-f', policy])
  }
}
