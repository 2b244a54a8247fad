// The real Prometheus scrapes a running swarm, and its promtool judges the page, the alert rules and what they do.

import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { afterAll, describe, expect, it, onTestFinished } from 'vitest'

import { startChild } from './drivers/child.ts'
import type { Child } from './drivers/child.ts'
import { makeFolder, writeData } from './fixture.ts'
import { makeTorrent } from './torrent-file.ts'
import type { TestTorrent } from './torrent-file.ts'

const repository = join(import.meta.dirname, '../..')
const docs = join(repository, 'docs')
const missing = ['prometheus', 'promtool'].find((name) => spawnSync('which', [name]).status !== 0)
const PATIENCE_MS = 60_000
const NAME = 'quote " and {}, = #'

const root = makeFolder()
afterAll(() => execFileSync('rm', ['-rf', root]))

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  server.close()
  return typeof address === 'object' && address !== null ? address.port : 0
}

function start(command: readonly string[]): Child {
  const child = startChild(command)
  onTestFinished(() => child.stop())
  return child
}

function startCcbt(args: readonly string[]): Child {
  const main = join(repository, 'packages/cli/src/main.ts')
  const network = ['--bind', '127.0.0.1', '--no-dht', '--no-lsd', '--no-port-mapping', '--no-pex']
  return start([process.execPath, '--conditions=ccbt-src', main, ...args, ...network])
}

async function eventually<T>(look: () => Promise<T | undefined>, what: string, log: () => string): Promise<T> {
  const end = performance.now() + PATIENCE_MS
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
    if (performance.now() > end) throw new Error(`${what} did not happen\n${log()}`)
    await sleep(200)
  }
}

async function text(url: string): Promise<string | undefined> {
  try {
    const response = await fetch(url)
    return response.ok ? await response.text() : undefined
  } catch {
    // It does not listen yet.
    return undefined
  }
}

interface Swarm {
  readonly torrent: TestTorrent
  readonly seedMetrics: number
  readonly leechMetrics: number
  readonly log: () => string
}

/** One that has everything, and one that gets it slowly enough to be watched. */
async function startSwarm(): Promise<Swarm> {
  const source = join(root, 'source')
  writeData(join(source, NAME), 4 * 1024 * 1024, 7)
  const torrent = makeTorrent(NAME, [{ path: [], length: 4 * 1024 * 1024 }], 65_536, source)
  const file = join(root, 'a.torrent')
  writeFileSync(file, torrent.encode([]))
  const [port, seedMetrics, leechMetrics] = [await freePort(), await freePort(), await freePort()]
  const state = (name: string): string[] => ['--state-dir', join(root, `state ${name}`)]
  const metrics = (at: number): string[] => ['--metrics', `127.0.0.1:${at}`]
  const seed = startCcbt(['seed', file, '--data', source, '--port', `${port}`, ...metrics(seedMetrics), ...state('s')])
  const target = join(root, 'target')
  mkdirSync(target)
  const from = ['--peer', `127.0.0.1:${port}`, '--download-limit', '400K', '--seed', '-o', target]
  const leech = startCcbt(['add', file, ...from, ...metrics(leechMetrics), ...state('l')])
  return { torrent, seedMetrics, leechMetrics, log: () => `${seed.log()}\n${leech.log()}` }
}

async function startPrometheus({
  seedMetrics,
  leechMetrics,
}: Swarm): Promise<(query: string) => Promise<readonly Result[] | 'refused'>> {
  const config = join(root, 'prometheus.yml')
  const targets = JSON.stringify([`127.0.0.1:${seedMetrics}`, `127.0.0.1:${leechMetrics}`])
  const rules = JSON.stringify([join(docs, 'prometheus-rules/ccbt.yml')])
  writeFileSync(
    config,
    `global: {scrape_interval: 500ms, scrape_timeout: 500ms}\nrule_files: ${rules}\n` +
      `scrape_configs: [{job_name: ccbt, static_configs: [{targets: ${targets}}]}]\n`,
  )
  const port = await freePort()
  const prometheus = start([
    'prometheus',
    `--config.file=${config}`,
    `--storage.tsdb.path=${join(root, 'tsdb')}`,
    `--web.listen-address=127.0.0.1:${port}`,
  ])
  const base = `http://127.0.0.1:${port}`
  await eventually(
    () => text(`${base}/-/ready`),
    'the start of Prometheus',
    () => prometheus.log(),
  )
  return async (query) => {
    const answer = await text(`${base}/api/v1/query?query=${encodeURIComponent(query)}`)
    return answer === undefined ? 'refused' : (JSON.parse(answer) as { data: { result: Result[] } }).data.result
  }
}

interface Result {
  readonly metric: Readonly<Record<string, string>>
  readonly value: readonly [number, string]
}

/** What the panels ask, as Grafana fills it in. */
function dashboardQueries(): string[] {
  const dashboard = readFileSync(join(docs, 'grafana/ccbt.json'), 'utf8')
  const expressions = Array.from(dashboard.matchAll(/"expr": ("(?:[^"\\]|\\.)*")/g), ([, json = '']) =>
    String(JSON.parse(json)),
  )
  return expressions.map((text) => text.replaceAll('$__rate_interval', '10s').replaceAll(/\$(?:job|instance)/g, '.*'))
}

describe.skipIf(missing !== undefined)(
  missing === undefined ? 'prometheus' : `prometheus (skipped: no ${missing})`,
  () => {
    it('scrapes a swarm that moves data, and finds nothing wrong with its metrics', async () => {
      const swarm = await startSwarm()
      const page = await eventually(() => text(`http://127.0.0.1:${swarm.leechMetrics}/metrics`), 'metrics', swarm.log)
      expect(execFileSync('promtool', ['check', 'metrics'], { input: page, encoding: 'utf8' })).toBe('')

      const query = await startPrometheus(swarm)
      const one = async (text: string): Promise<Result | undefined> => {
        const found = await query(text)
        return found === 'refused' ? undefined : found[0]
      }
      await eventually(() => one('count(up{job="ccbt"} == 1) == 2'), 'two scrapes', swarm.log)
      await eventually(() => one('rate(ccbt_downloaded_bytes_total{kind="payload"}[10s]) > 0'), 'a rate', swarm.log)
      const { length, infoHash } = swarm.torrent
      for (const fact of [
        'max(ccbt_pieces_verified_total) == 64',
        'max(ccbt_hash_duration_seconds_count) == 64',
        `min(ccbt_torrent_completed_bytes{infohash="${infoHash}"}) == ${length}`,
        `max(ccbt_downloaded_bytes_total{kind="payload"}) == ${length}`,
        `max(ccbt_uploaded_bytes_total{kind="payload"}) >= ${length}`,
        'min(ccbt_downloaded_bytes_total{kind="protocol"}) > 0',
        'sum(ccbt_torrents{state="seeding"}) == 2',
      ])
        await eventually(() => one(fact), fact, swarm.log)
      for (const expression of dashboardQueries())
        expect([expression, await query(expression)]).not.toContain('refused')
      const info = await query('ccbt_torrent_info')
      expect(info).toEqual([
        expect.objectContaining({ metric: expect.objectContaining({ name: NAME }) }),
        expect.objectContaining({ metric: expect.objectContaining({ name: NAME }) }),
      ])
    })

    it('takes the alert rules, which fire when they should', () => {
      const rules = join(docs, 'prometheus-rules/ccbt.yml')
      expect(execFileSync('promtool', ['check', 'rules', rules], { encoding: 'utf8' })).toContain('SUCCESS')
      const tests = join(docs, 'prometheus-rules/ccbt.test.yml')
      expect(execFileSync('promtool', ['test', 'rules', tests], { encoding: 'utf8' })).toContain('SUCCESS')
    })
  },
)

describe('the dashboard', () => {
  it('asks only for metrics that there are', () => {
    const dashboard = readFileSync(join(docs, 'grafana/ccbt.json'), 'utf8')
    const known = readFileSync(join(docs, 'monitoring.md'), 'utf8')
    const asked = new Set(dashboard.match(/\b(?:ccbt|process|nodejs)_[a-z_\d]+/g))
    const base = (name: string): string => name.replace(/_(?:bucket|sum|count)$/, '')
    expect([...asked].filter((name) => !known.includes(`\`${base(name)}`))).toEqual([])
    expect(asked.size).toBeGreaterThan(20)
  })
})
