// A torrent with a seeder of the real command, and downloads from it.

import { symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { CliProcess, runCli, temporaryFolder } from './cli-process.ts'
import { writeSamples } from './sample-data.ts'

/** What is shared and how. */
export interface SwarmOptions {
  /** Path (the first component is the torrent's name) to length. */
  readonly files: Readonly<Record<string, number>>
  /** Symbolic links among them: path to what it says. */
  readonly links?: Readonly<Record<string, string>>
  readonly createArguments?: readonly string[]
  readonly seedArguments?: readonly string[]
}

/** A seeder, and where everything is. */
export interface Swarm extends AsyncDisposable {
  /** Working folder of all commands. */
  readonly folder: string
  readonly torrent: string
  /** Folder with the original data. */
  readonly source: string
  readonly seeder: CliProcess
  /** `--peer` and the seeder's address. */
  readonly peerArguments: readonly string[]
}

/** Makes the data, the torrent and a seeder that is ready. */
export async function startSwarm(options: SwarmOptions): Promise<Swarm> {
  await using cleanup = new AsyncDisposableStack()
  const folder = cleanup.use(await temporaryFolder()).path
  const source = join(folder, 'source')
  await writeSamples(source, options.files)
  for (const [path, text] of Object.entries(options.links ?? {})) await symlink(text, join(source, path))
  const name = Object.keys(options.files)[0]?.split('/')[0] ?? ''
  const torrent = join(folder, 'test.torrent')
  const create = ['create', join(source, name), '-o', torrent, '--quiet', ...(options.createArguments ?? [])]
  const created = await runCli(create, { cwd: folder })
  if (created.code !== 0) throw new Error(created.stderr)
  const seed = ['seed', torrent, '--data', source, '--json', ...(options.seedArguments ?? [])]
  const seeder = cleanup.use(new CliProcess(seed, { cwd: folder }))
  const { port } = await seeder.untilEvent('listening')
  await seeder.untilEvent('seeding')
  const resources = cleanup.move()
  return {
    folder,
    torrent,
    source,
    seeder,
    peerArguments: ['--peer', `127.0.0.1:${String(port)}`],
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  }
}
