// ccbt by its command: the new version is a torrent that one peer has, the old one is in the index of chunks.

import { join } from 'node:path'
import { CliProcess, runCli } from '../../test/e2e/cli-process.ts'
import { startRelay } from './relay.ts'
import { FILE, requireSame } from './tool.ts'
import type { Place, Tool, Update } from './tool.ts'

/** Nothing leaves the machine, and nothing passes by the relay. */
export const LOCAL: readonly string[] = [
  '--json',
  '--xet',
  '--bind',
  '127.0.0.1',
  '--no-utp',
  '--no-dht',
  '--no-lsd',
  '--no-pex',
  '--no-port-mapping',
]

const COUNTED = 'both directions of its connections'

/** In torrents of both kinds. */
export const CCBT: readonly Tool[] = [
  { name: 'ccbt, v2', programs: [], counted: COUNTED, update: (place) => update(place, '--v2') },
  { name: 'ccbt, v1', programs: [], counted: COUNTED, update: (place) => update(place, '--v1') },
]

async function update({ old, next, work }: Place, kind: string): Promise<Update> {
  const at = { cwd: work }
  const torrent = join(work, 'next.torrent')
  await succeed(runCli(['create', join(next, FILE), kind, '-o', torrent], at))
  await succeed(runCli(['xet', 'index', old, '--state-dir', 'state'], at))
  await using seeder = new CliProcess(['seed', torrent, '--data', next, '--state-dir', 'seeder', ...LOCAL], at)
  const { port } = await seeder.untilEvent('listening')
  await seeder.untilEvent('seeding')
  await using relay = await startRelay(Number(port))
  const start = performance.now()
  const place = ['-o', work, '--state-dir', 'state', '--foreground', '--no-seed']
  await succeed(runCli(['add', torrent, ...place, '--peer', `127.0.0.1:${relay.port}`, ...LOCAL], at))
  const seconds = (performance.now() - start) / 1000
  requireSame(join(work, FILE), join(next, FILE))
  return { bytes: relay.take(), seconds }
}

async function succeed(run: ReturnType<typeof runCli>): Promise<void> {
  const { code, stderr } = await run
  if (code !== 0) throw new Error(stderr)
}
