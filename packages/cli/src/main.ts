#!/usr/bin/env node
// The command's entry: checks Node's version, switches the compile cache on, then loads the program.
// Only Node's own modules are imported statically, so that the version check comes before anything that needs a new Node.

import nodeModule from 'node:module'
import { homedir } from 'node:os'
import { join } from 'node:path'

const MIN_NODE_MAJOR = 24

/** Where compiled code is kept between runs. Nowhere for a user without a home, which a container's user may well be. */
function compileCacheFolder(): string | undefined {
  const cache = process.env['XDG_CACHE_HOME']
  if (cache?.startsWith('/') === true) return join(cache, 'ccbt', 'compile')
  try {
    return join(homedir(), '.cache', 'ccbt', 'compile')
  } catch {
    return undefined
  }
}

if (Number.parseInt(process.versions.node, 10) < MIN_NODE_MAJOR) {
  process.stderr.write(`ccbt: needs Node ${MIN_NODE_MAJOR} or newer, this is ${process.version}: https://nodejs.org\n`)
  process.exit(64)
}
const cacheFolder = compileCacheFolder()
// Saves about 8 ms. It never throws: where the folder cannot be written, nothing is kept.
if (cacheFolder !== undefined) nodeModule.enableCompileCache(cacheFolder)
const { runCli } = await import('./program.ts')
// The command has released what it held; whatever is still open (an idle socket of a worker) must not keep the process.
process.exit(await runCli(process.argv.slice(2)))
