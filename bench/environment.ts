// The environment that servers, peers and the generator start with: of the person's own only what every program
// needs. A setting of Petrel's or an option of Node's or Erlang's that happens to be in the shell would make the
// report's settings a lie.

const kept = /^(PATH|HOME|USER|LOGNAME|SHELL|LANG|LC_\w+|TZ|TMPDIR)$/
/** Certificates that this machine trusts besides: for a generator that speaks to somebody else's server. */
const trust = 'NODE_EXTRA_CA_CERTS'

/** What a shell has by itself. */
export function shellOf(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => kept.test(name)))
}

/** For the load generator. */
export function clientOf(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const certificates = env[trust]
  return { ...shellOf(env), ...(certificates !== undefined && { [trust]: certificates }) }
}
