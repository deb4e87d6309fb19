import { spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import {
  busyText,
  commitOf,
  descriptorsMax,
  osName,
  readMachine,
  root,
  versionOf,
} from './machine.ts'

t.test('this machine is told as it is', async t => {
  const machine = readMachine()
  t.ok(machine.cores >= 1)
  t.ok(machine.memoryMiB > 256)
  t.equal(machine.node, process.versions.node)
  t.match(machine.uwebsockets, /^\d+\.\d+\.\d+$/)
  t.not(machine.os, '')
})

t.test('the version of a running program is its own word', async t => {
  t.equal(versionOf(process.pid), process.versions.node)
  t.equal(versionOf(2 ** 31 - 1), 'unknown')
})

t.test('the name of a system', async t => {
  t.equal(
    osName('NAME="Debian"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n'),
    'Debian GNU/Linux 12 (bookworm)',
  )
  t.equal(osName('PRETTY_NAME=Arch\n'), 'Arch')
  t.equal(osName(''), 'Linux')
})

t.test('the commit, with + once a file differs, and without git', async t => {
  const dir = await mkdtemp(join(tmpdir(), 'petrel-commit-'))
  t.teardown(() => rm(dir, { recursive: true }))
  t.equal(commitOf(dir), 'unknown')
  const git = (...args: string[]) => {
    const who = ['-c', 'user.name=Alice', '-c', 'user.email=alice@example.com']
    const done = spawnSync('git', [...who, ...args], { cwd: dir, encoding: 'utf8' })
    t.equal(done.status, 0, done.stderr)
  }
  git('init', '--quiet')
  t.equal(commitOf(dir), 'unknown', 'nothing is committed yet')
  git('commit', '--quiet', '--allow-empty', '--message', 'Begin')
  t.match(commitOf(dir), /^[0-9a-f]{40}$/)
  await writeFile(join(dir, 'a'), '')
  t.match(commitOf(dir), /^[0-9a-f]{40}\+$/)
})

t.test('how many files may be open', async t => {
  const limits = (soft: string) =>
    `Limit                     Soft Limit           Hard Limit           Units     \nMax open files            ${soft}                1048576              files     \n`
  t.equal(descriptorsMax(limits('1024')), 1024)
  t.equal(descriptorsMax(limits('unlimited')), Number.POSITIVE_INFINITY)
  t.equal(descriptorsMax(''), Number.POSITIVE_INFINITY)
  t.ok(descriptorsMax() > 0)
})

t.test('a busy machine is told', async t => {
  t.equal(busyText(0.9, 2), null)
  t.match(busyText(3.04, 2), /load 3\.0 on 2 cores/)
})

t.test('the root is the project', async t => {
  t.equal(spawnSync('ls', [join(root, 'package.json')]).status, 0)
})
