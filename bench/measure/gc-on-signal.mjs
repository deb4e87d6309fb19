// Preloaded into a process that is measured (NODE_OPTIONS `--expose-gc --import=…`): SIGUSR2 collects its garbage,
// so that what is left of its memory is in use.

process.on('SIGUSR2', () => globalThis.gc?.())
