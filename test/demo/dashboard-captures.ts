// Takes the pictures of docs/dashboard.md: the real dashboard, in front of a real daemon with a real swarm.
// node --conditions=ccbt-src test/demo/dashboard-captures.ts

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { CliProcess, NODE_ARGUMENTS, runCli, temporaryFolder } from '../e2e/cli-process.ts'
import { PtyProgram } from '../e2e/pty.ts'
import { writeSamples } from '../e2e/sample-data.ts'
import { screenSvg } from './screen-svg.ts'

const FOLDER = join(import.meta.dirname, '../../docs/dashboard')
const NO_NETWORK = { CCBT_DHT__ENABLED: 'false', CCBT_LSD__ENABLED: 'false', CCBT_PORT_MAPPING__ENABLED: 'false' }
/** Names and lengths of what is shared. */
const TORRENTS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  'Debian netinst': { 'debian-netinst.iso': 60_000_000 },
  'Field recordings': {
    'Field recordings/01 river.flac': 9_000_000,
    'Field recordings/02 wind.flac': 7_000_000,
    'Field recordings/notes/readme.txt': 2_000,
    'Field recordings/notes/가나다 😀.txt': 3_000,
  },
  Survey: { '설문 조사 2026.csv': 12_000_000 },
}

async function main(): Promise<void> {
  Object.assign(process.env, NO_NETWORK)
  await using cleanup = new AsyncDisposableStack()
  const { path: cwd } = cleanup.use(await temporaryFolder())
  const tracker = cleanup.use(new CliProcess(['tracker', '--port', '0', '--no-udp'], { cwd }))
  const url = await tracker.until(({ stdout }) => /http:\S+/.exec(stdout)?.[0])
  const torrents: string[] = []
  for (const [name, files] of Object.entries(TORRENTS)) {
    const source = join(cwd, 'source')
    await writeSamples(source, files)
    const [first = ''] = Object.keys(files)[0]?.split('/') ?? []
    const torrent = join(cwd, `${name}.torrent`)
    await runCli(['create', join(source, first), '-o', torrent, '--tracker', url], { cwd })
    const seed = ['seed', torrent, '--data', source, '--json', '--upload-limit', '800k']
    await cleanup.use(new CliProcess(seed, { cwd })).untilEvent('seeding')
    torrents.push(torrent)
  }
  const daemon = cleanup.use(
    new CliProcess(['daemon', 'run', '--no-http', '--download-dir', join(cwd, 'data')], { cwd }),
  )
  await daemon.until(({ stdout, stderr }) => (/ready/.test(stdout + stderr) ? true : undefined))
  await take(cwd, torrents)
}

async function take(cwd: string, torrents: readonly string[]): Promise<void> {
  await using screen = new PtyProgram({
    command: [process.execPath, ...NODE_ARGUMENTS, 'dashboard'],
    columns: 120,
    rows: 34,
    cwd,
    env: { TERM: 'xterm-256color', LC_ALL: 'C.UTF-8', NO_COLOR: '', XDG_STATE_HOME: join(cwd, '.state') },
  })
  const save = async (name: string): Promise<void> => {
    await sleep(300)
    await writeFile(join(FOLDER, `${name}.svg`), screenSvg(screen.screen))
  }
  await screen.until(/No torrents/)
  for (const torrent of torrents) {
    await screen.type('a', torrent, '\r')
    await screen.until(/\[x\]/)
    if (torrent.includes('Field')) await save('add')
    await screen.type('\r')
    await sleep(1500)
  }
  await sleep(8000)
  await save('torrents')
  await screen.type('\r')
  await screen.until(/Held back/)
  await save('overview')
  for (const tab of ['files', 'peers', 'trackers']) {
    await screen.type('\t')
    await save(tab)
  }
  await screen.type('3')
  await screen.until(/Event loop/)
  await sleep(2000)
  await save('system')
  await screen.type('4')
  await save('swarm')
  await screen.type('5')
  await sleep(1200)
  await save('log')
  await screen.type('6')
  await save('settings')
  await screen.type('1', 'c')
  await save('create')
  await screen.type('\x1b')
  await sleep(300)
  await screen.type('?')
  await save('keys')
  await screen.type('\x1b')
  await sleep(300)
  await screen.type('R')
  await save('remove')
  await screen.type('\x1b')
  await sleep(300)
  await screen.type('q')
  await screen.exitCode()
}

await main()
