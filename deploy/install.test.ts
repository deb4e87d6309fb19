import t from 'tap'

// Plain JavaScript without types, because it runs before anything is installed.
const { checkNode } = (await import('./install.mjs' as string)) as {
  checkNode(version: string): void
}

t.test('a Node that is not supported is refused in one line', async t => {
  for (const version of ['18.20.0', '20.18.3', '22.12.0', '26.0.0']) {
    t.throws(
      () => checkNode(version),
      { message: /^Petrel needs Node\.js 20 .* or 24; this is [\d.]+\.$/ },
      version,
    )
  }
  for (const version of ['20.19.0', '20.20.2', '24.1.0', '25.0.0'])
    t.doesNotThrow(() => checkNode(version), version)
})
