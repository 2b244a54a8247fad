// Web seeds on a server that the world uses: nginx serves a folder, over HTTP and HTTPS.

import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'

import { scaledClock } from '@ccbt/testkit'
import { createWebSeed } from '@ccbt/web-seed'
import type { FetchOutcome, SeedFile, WebSeed } from '@ccbt/web-seed'
import { afterAll, describe, expect, it } from 'vitest'

import { startChild, waitFor } from './drivers/child.ts'
import type { Child } from './drivers/child.ts'
import { isInstalled } from './drivers/network.ts'

const certificate = (name: string): string =>
  join(import.meta.dirname, `../../packages/discovery/test/tracker/certificates/${name}.pem`)
const missing = isInstalled('nginx') ? undefined : 'nginx is not installed'
const folder = mkdtempSync(join(tmpdir(), 'ccbt-web-seed-'))
const PIECE_BYTES = 262_144
const NAME = 'Torrent 100%'

/** Names that need encoding, files without bytes, one over many pieces, padding up to a piece. */
const files: (SeedFile & { readonly data: Buffer })[] = []
for (const [path, length, isPad = false] of [
  [['a b'], 100_000],
  [['.pad', '162144'], 162_144, true],
  [['sub', 'ü & 50%?#+.bin'], 9_000_000],
  [['empty'], 0],
  [['sub', 'sub', '%2e%2e'], 1],
  [['z'], 77_777],
] as const) {
  const offset = files.reduce((sum, file) => sum + file.length, 0)
  files.push({ path, length, offset, isPad, data: isPad ? Buffer.alloc(length) : randomBytes(length) })
}
const all = Buffer.concat(files.map(({ data }) => data))

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

interface Nginx extends AsyncDisposable {
  readonly httpUrl: string
  readonly httpsUrl: string
  /** Connections and requests that it has served. */
  counts(): { connections: number; requests: number }
}

async function startNginx(): Promise<Nginx> {
  const [plain, secure] = [await freePort(), await freePort()]
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  const log = join(folder, 'access.log')
  const configuration = `
    daemon off; worker_processes 1; pid ${join(folder, 'pid')}; error_log ${join(folder, 'error.log')};
    ${process.getuid?.() === 0 ? 'user root;' : ''}
    events { worker_connections 100; }
    http {
      ${temporary.map((name) => `${name}_temp_path ${join(folder, name)};`).join(' ')}
      log_format counted '$connection'; access_log ${log} counted;
      root ${join(folder, 'www')};
      server { listen 127.0.0.1:${plain}; }
      server {
        listen 127.0.0.1:${secure} ssl;
        ssl_certificate ${certificate('good')}; ssl_certificate_key ${certificate('key')};
      }
    }`
  writeFileSync(join(folder, 'nginx.conf'), configuration)
  rmSync(log, { force: true })
  const path = `${process.env['PATH']}:/usr/sbin:/sbin`
  const command = ['nginx', '-e', join(folder, 'error.log'), '-p', folder, '-c', join(folder, 'nginx.conf')]
  const child: Child = startChild(command, { env: { PATH: path } })
  await waitFor('nginx', 10_000, async () => {
    if (child.ended() !== undefined) throw new Error(child.log())
    return (await fetch(`http://127.0.0.1:${plain}/`).catch(() => undefined)) !== undefined
  })
  return {
    httpUrl: `http://127.0.0.1:${plain}/`,
    httpsUrl: `https://127.0.0.1:${secure}/`,
    counts() {
      const lines = readFileSync(log, 'utf8').trim().split('\n')
      return { connections: new Set(lines).size, requests: lines.length }
    },
    [Symbol.asyncDispose]: () => child.stop(),
  }
}

function seedAt(url: string): WebSeed {
  return createWebSeed({
    url,
    style: 'url-list',
    name: NAME,
    isMultiFile: true,
    files,
    infoHash: new Uint8Array(20),
    pieceLength: PIECE_BYTES,
    totalLength: all.length,
    userAgent: 'ccbt/test',
    clock: scaledClock(),
  })
}

/** Fetches every piece, four at a time, into `out`. */
async function fetchAll(seed: WebSeed, out: Uint8Array): Promise<FetchOutcome[]> {
  const outcomes: FetchOutcome[] = []
  let next = 0
  const worker = async (): Promise<void> => {
    for (let offset = next; offset < out.length; offset = next) {
      next += PIECE_BYTES
      let at = offset
      const data = (bytes: Uint8Array): void => {
        out.set(bytes, at)
        at += bytes.length
      }
      const length = Math.min(PIECE_BYTES, out.length - offset)
      outcomes.push(await seed.fetch({ offset, length }, { data }, new AbortController().signal).result)
    }
  }
  await Promise.all([worker(), worker(), worker(), worker()])
  return outcomes
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe.skipIf(missing !== undefined)(missing === undefined ? 'nginx' : `nginx (skipped: ${missing})`, () => {
  for (const { path, data, isPad } of files) {
    const target = join(folder, 'www', 'dir', NAME, ...path)
    if (isPad) continue
    mkdirSync(dirname(target), { recursive: true })
    writeFileSync(target, data)
  }
  setDefaultCACertificates([...getCACertificates('default'), readFileSync(certificate('ca'), 'utf8')])

  it.each(['httpUrl', 'httpsUrl'] as const)('serves every byte of a torrent (%s)', async (scheme) => {
    await using nginx = await startNginx()
    const before = nginx.counts()
    using seed = seedAt(`${nginx[scheme]}dir/`)
    const out = new Uint8Array(all.length)
    const outcomes = await fetchAll(seed, out)
    expect(new Set(outcomes.map(({ kind }) => kind))).toEqual(new Set(['done']))
    expect(sha256(out)).toBe(sha256(all))
    const after = nginx.counts()
    expect(after.connections - before.connections).toBe(4)
    // One for each piece, and one more where the last piece goes on in another file: twice, files without bytes left out.
    expect(after.requests - before.requests).toBe(Math.ceil(all.length / PIECE_BYTES) + 2)
  })

  it('says what is missing, and serves the rest', async () => {
    await using nginx = await startNginx()
    rmSync(join(folder, 'www', 'dir', NAME, 'z'))
    using seed = seedAt(`${nginx.httpUrl}dir/`)
    const outcomes = await fetchAll(seed, new Uint8Array(all.length))
    const failed = outcomes.filter(({ kind }) => kind !== 'done')
    expect(failed).toEqual([expect.objectContaining({ kind: 'failed', isPermanent: true, fileIndex: 5 })])
    expect(seed.state).toMatchObject({ missingFiles: 1, isGone: false })
  })
})
