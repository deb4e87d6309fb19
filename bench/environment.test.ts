import t from 'tap'
import { clientOf, shellOf } from './environment.ts'

const shell = { PATH: '/bin', HOME: '/root', LC_ALL: 'C.UTF-8', TMPDIR: '/tmp' }
const settings = { LANES: '8', NODE_OPTIONS: '--jitless', HELLO_PER_S: '1', ERL_FLAGS: '+S 1' }

t.test('of the shell only what every program needs reaches what is measured', async t => {
  t.same(shellOf({ ...shell, ...settings, LANESPATH: '1' }), shell)
})

t.test('a client also trusts the certificates that its person trusts', async t => {
  const trust = { NODE_EXTRA_CA_CERTS: '/etc/our-ca.pem' }
  t.same(clientOf({ ...shell, ...settings, ...trust }), { ...shell, ...trust })
  t.same(clientOf({ ...shell, ...settings }), shell)
  t.same(shellOf(trust), {})
})
