// rsync, casync and zsync fetch the new version from a server on this machine; restic and borg add it to a repository that
// has the old one.

import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { startChild, waitFor } from '../../test/interop/drivers/child.ts'
import { startNginx } from '../../test/interop/drivers/nginx.ts'
import { startRelay } from './relay.ts'
import { FILE, requireSame, runTool } from './tool.ts'
import type { Place, Tool, Update } from './tool.ts'

const ON_THE_WIRE = 'both directions of its connections'
const START_MS = 10_000

/** All of them. */
export const OTHERS: readonly Tool[] = [
  { name: 'rsync', programs: ['rsync'], counted: ON_THE_WIRE, update: rsync },
  { name: 'casync', programs: ['casync', 'nginx'], counted: ON_THE_WIRE, update: casync },
  { name: 'zsync', programs: ['zsync', 'zsyncmake', 'nginx'], counted: ON_THE_WIRE, update: zsync },
  { name: 'restic', programs: ['restic'], counted: 'data_added of its summary', update: restic },
  { name: 'borg', programs: ['borg'], counted: 'deduplicated_size of its statistics', update: borg },
]

async function rsync({ old, next, work }: Place): Promise<Update> {
  const port = await freePort()
  const configuration = join(work, 'rsyncd.conf')
  const user = process.getuid?.() === 0 ? 'uid = 0\ngid = 0\n' : ''
  writeFileSync(configuration, `use chroot = no\n${user}[next]\npath = ${next}\n`)
  copyFileSync(join(old, FILE), join(work, FILE))
  const daemon = ['rsync', '--daemon', '--no-detach', '--address=127.0.0.1', `--port=${port}`]
  const server = startChild([...daemon, `--config=${configuration}`])
  try {
    await using relay = await startRelay(port)
    const from = `rsync://127.0.0.1:${relay.port}/next/${FILE}`
    await waitFor('rsync', START_MS, () =>
      runTool(['rsync', '--list-only', from]).then(
        () => true,
        () => false,
      ),
    )
    relay.take()
    const { seconds } = await runTool(['rsync', '--ignore-times', from, join(work, FILE)])
    requireSame(join(work, FILE), join(next, FILE))
    return { bytes: relay.take(), seconds }
  } finally {
    await server.stop()
  }
}

async function casync({ old, next, work }: Place): Promise<Update> {
  const www = join(work, 'www')
  mkdirSync(www)
  await runTool(['casync', 'make', `--store=${www}/default.castr`, join(www, 'next.caibx'), join(next, FILE)])
  return await overHttp(work, (url) => {
    const from = [`--store=${url}default.castr`, `--seed=${join(old, FILE)}`, `${url}next.caibx`]
    return { command: ['casync', 'extract', ...from, join(work, FILE)], cwd: work, wanted: join(next, FILE) }
  })
}

async function zsync({ old, next, work }: Place): Promise<Update> {
  const www = join(work, 'www')
  mkdirSync(www)
  copyFileSync(join(next, FILE), join(www, FILE))
  await runTool(['zsyncmake', '-u', FILE, '-o', join(www, 'next.zsync'), join(www, FILE)])
  return await overHttp(work, (url) => ({
    command: ['zsync', '-i', join(old, FILE), '-o', FILE, `${url}next.zsync`],
    cwd: work,
    wanted: join(next, FILE),
  }))
}

interface HttpUpdate {
  readonly command: readonly string[]
  readonly cwd: string
  readonly wanted: string
}

/** From nginx, which serves `www`. */
async function overHttp(work: string, plan: (url: string) => HttpUpdate): Promise<Update> {
  await using server = await startNginx(join(work, 'www'), join(work, 'nginx'))
  await using relay = await startRelay(Number(new URL(server.url).port))
  const { command, cwd, wanted } = plan(`http://127.0.0.1:${relay.port}/`)
  const { seconds } = await runTool(command, { cwd })
  requireSame(join(cwd, FILE), wanted)
  return { bytes: relay.take(), seconds }
}

async function restic({ old, next, work }: Place): Promise<Update> {
  const env = {
    RESTIC_PASSWORD: 'bench',
    RESTIC_REPOSITORY: join(work, 'repository'),
    RESTIC_CACHE_DIR: join(work, 'cache'),
  }
  const backup = ['restic', 'backup', '--json', FILE]
  await runTool(['restic', 'init'], { env })
  copyFileSync(join(old, FILE), join(work, FILE))
  await runTool(backup, { env, cwd: work })
  copyFileSync(join(next, FILE), join(work, FILE))
  const { seconds, output } = await runTool(backup, { env, cwd: work })
  return { bytes: numberIn(output, 'data_added'), seconds }
}

async function borg({ old, next, work }: Place): Promise<Update> {
  const repository = join(work, 'repository')
  const env = { BORG_BASE_DIR: work, BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK: 'yes' }
  const create = (name: string): string[] => ['borg', 'create', '--json', `${repository}::${name}`, FILE]
  await runTool(['borg', 'init', '--encryption=none', repository], { env })
  copyFileSync(join(old, FILE), join(work, FILE))
  await runTool(create('old'), { env, cwd: work })
  copyFileSync(join(next, FILE), join(work, FILE))
  const { seconds, output } = await runTool(create('next'), { env, cwd: work })
  return { bytes: numberIn(output, 'deduplicated_size'), seconds }
}

/** The first value of this name in what was printed as JSON. */
function numberIn(json: string, name: string): number {
  const found = new RegExp(`"${name}": ?(\\d+)`, 'u').exec(json)
  if (found === null) throw new Error(`no ${name} in ${json.slice(-500)}`)
  return Number(found[1])
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
