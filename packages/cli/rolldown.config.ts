// How the published command is made: all of its code and of its dependencies in a few files under `bundle`, so that it
// starts fast and an install brings nothing else. `command.js` is what every run loads, `client.js` what a transfer
// loads; the rest (trackers, web requests) is split off where the sources import it lazily.
// Names of chunks carry no hash: the compile cache is keyed by path, and would grow with every version otherwise.

import { fileURLToPath } from 'node:url'
import { defineConfig } from 'rolldown'
import type { CodeSplittingGroup, InputOptions, OutputOptions, RolldownOptions } from 'rolldown'
import { inlineBlake3 } from '../../build/inline-blake3.ts'
import { licenceFile } from '../../build/licence-file.ts'
import { staticImports } from '../../build/static-imports.ts'
import { strictBlessed } from '../../build/strict-blessed.ts'
import { webPage } from '../../build/web-page.ts'
import { withoutWebSockets } from '../../build/without-web-sockets.ts'

const FOLDER = 'bundle'

const input: InputOptions = {
  platform: 'node',
  resolve: { conditionNames: ['ccbt-src', 'node', 'import'] },
  // Makes `ccbt xet` faster where a user has installed it.
  external: ['@napi-rs/blake-hash'],
  // A name that is left to be resolved at run time would be missing there.
  onLog: (level, log, report) => report(level === 'warn' ? 'error' : level, log),
}

/** Names are kept: a stack trace in a bug report must be readable. */
const output: OutputOptions = { dir: FOLDER, format: 'esm', chunkFileNames: '[name].js', comments: false }

function source(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url))
}

/** One file for everything that `sources` load statically, unless a group of higher priority has it. */
function group(name: string, priority: number, sources: readonly string[]): CodeSplittingGroup {
  const isMember = staticImports(sources.map(source))
  return { name: (id, modules) => (isMember(id, modules) ? name : null), debugName: name, priority }
}

/** The entry file of a package's workers: beside the chunks, where the package looks for it. */
function worker(folder: string, name: string): RolldownOptions {
  return {
    ...input,
    input: { [name]: source(`../${folder}/src/${name}.ts`) },
    plugins: [inlineBlake3, licenceFile(`${name}.THIRD-PARTY-LICENSES.txt`)],
    output: { ...output, codeSplitting: false },
  }
}

const command = group('command', 2, ['src/program.ts'])
const client = group(
  'client',
  1,
  ['add', 'seed', 'create', 'edit', 'info', 'magnet', 'verify'].map((name) => `src/commands/${name}.ts`),
)
// It needs node's HTTP and TLS modules, which a download from known peers shall not wait for.
const discovery = group('discovery', 0, ['../discovery/src/index.ts'])

/** What answers requests, and the database of the torrents. */
const daemon = group('daemon', 0, ['../daemon/src/index.ts'])

export default defineConfig([
  {
    ...input,
    input: { main: source('src/main.ts') },
    plugins: [withoutWebSockets, strictBlessed, inlineBlake3, licenceFile()],
    output: {
      ...output,
      cleanDir: true,
      codeSplitting: { groups: [command, client, discovery, daemon] },
    },
  },
  worker('disk-io', 'disk.worker'),
  worker('xet', 'chunk.worker'),
  worker('xet', 'chunk-index.worker'),
  // The daemon looks for its page beside itself.
  webPage(`${FOLDER}/web`),
])
