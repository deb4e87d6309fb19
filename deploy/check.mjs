// `npm run check`: types, lint and format, dead code, house rules, side by side. Silent but for what is wrong.

import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const bin = name => join(root, 'node_modules', '.bin', name)

const checks = {
  types: [bin('tsc'), '-p', '.'],
  'types of the page': [bin('tsc'), '-p', 'web'],
  'types of the service worker': [bin('tsc'), '-p', 'web/service-worker'],
  'lint and format': [bin('biome'), 'check', '--error-on-warnings', '--max-diagnostics=100'],
  'dead code': [bin('knip'), '--no-progress', '--no-config-hints'],
  'house rules': [process.execPath, '--import=tsx', 'test/tidy.test.ts'],
  'limits under test': [process.execPath, '--import=tsx', 'test/limits.test.ts'],
}

if (!existsSync(bin('tsc'))) {
  console.error('Nothing is installed yet: run npm ci.')
  process.exit(1)
}
/** What a test says about what is right. */
const passes = /^ *(ok \d+ -.*|# Subtest:.*|\d+\.\.\d+|TAP version.*)\n\n?/gm
const started = performance.now()
const results = await Promise.all(
  Object.entries(checks).map(([name, command]) => run(name, command)),
)
for (const { name, ok, output } of results) {
  if (!ok) console.log(`\n== ${name} ==\n${output.replaceAll(passes, '').trim()}`)
}
const failed = results.filter(result => !result.ok).map(result => result.name)
const seconds = ((performance.now() - started) / 1000).toFixed(1)
console.log(
  failed.length > 0
    ? `\nFailed: ${failed.join(', ')} (${seconds} s)`
    : `All checks passed (${seconds} s)`,
)
process.exitCode = failed.length > 0 ? 1 : 0

function run(name, [command, ...args]) {
  return new Promise(resolve => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    child.stdout.on('data', text => {
      output += text
    })
    child.stderr.on('data', text => {
      output += text
    })
    child.on('error', error => resolve({ name, ok: false, output: error.message }))
    child.on('close', code => resolve({ name, ok: code === 0, output }))
  })
}
