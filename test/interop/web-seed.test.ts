// Web seeds on a server that the world uses: nginx serves a folder, over HTTP and HTTPS.

import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'

import { scaledClock } from '@ccbt/testkit'
import { createWebSeed } from '@ccbt/web-seed'
import type { FetchOutcome, SeedFile, WebSeed } from '@ccbt/web-seed'
import { afterAll, describe, expect, it } from 'vitest'

import { startNginx, whyNoNginx } from './drivers/nginx.ts'
import type { Nginx } from './drivers/nginx.ts'

const certificate = (name: string): string =>
  join(import.meta.dirname, `../../packages/discovery/test/tracker/certificates/${name}.pem`)
const missing = whyNoNginx()
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

function serve(): Promise<Nginx> {
  return startNginx(join(folder, 'www'), folder, { certificate: certificate('good'), key: certificate('key') })
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

  it.each(['url', 'httpsUrl'] as const)('serves every byte of a torrent (%s)', async (scheme) => {
    await using nginx = await serve()
    const before = nginx.counts()
    using seed = seedAt(`${nginx[scheme]}dir/`)
    const out = new Uint8Array(all.length)
    const outcomes = await fetchAll(seed, out)
    expect(new Set(outcomes.map(({ kind }) => kind))).toEqual(new Set(['done']))
    expect(sha256(out)).toBe(sha256(all))
    expect(nginx.counts().connections - before.connections).toBe(4)
    // One for each piece, and one more where the last piece goes on in another file: twice, files without bytes left out.
    await expect.poll(() => nginx.counts().requests - before.requests).toBe(Math.ceil(all.length / PIECE_BYTES) + 2)
  })

  it('says what is missing, and serves the rest', async () => {
    await using nginx = await serve()
    rmSync(join(folder, 'www', 'dir', NAME, 'z'))
    using seed = seedAt(`${nginx.url}dir/`)
    const outcomes = await fetchAll(seed, new Uint8Array(all.length))
    const failed = outcomes.filter(({ kind }) => kind !== 'done')
    expect(failed).toEqual([expect.objectContaining({ kind: 'failed', isPermanent: true, fileIndex: 5 })])
    expect(seed.state).toMatchObject({ missingFiles: 1, isGone: false })
  })
})
