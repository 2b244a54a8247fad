// Content that is announced on a real tracker, and found there by its root alone.

import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseTorrent } from '@ccbt/metainfo'
import { toHex } from '@ccbt/primitives'
import { createFileChunker } from '@ccbt/xet'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { contentKeyOf, LEAST_FILE_BYTES } from '../../packages/core/src/xet/content-keys.ts'
import { openArena, subject } from './arena.ts'
import { ccbt, ccbtCommand } from './drivers/ccbt.ts'
import { opentrackerMissing, startOpentracker } from './drivers/trackers.ts'

const arena = await openArena()
const { network } = arena
const missing = opentrackerMissing()
const QUIET = ['dht', 'lsd', 'port_mapping'].flatMap((name) => ['--set', `${name}.enabled=false`])

afterEach(() => arena.clear())
afterAll(() => arena[Symbol.asyncDispose]())

describe.skipIf(missing !== undefined || subject !== ccbt)(
  `opentracker${missing ? ` (skipped: ${missing})` : ''}`,
  () => {
    it('leads from the root of a file to who shares it', async () => {
      const folder = arena.folder('content')
      mkdirSync(folder, { recursive: true })
      const [file, torrent, state] = [join(folder, 'one.bin'), join(folder, 'one.torrent'), join(folder, 'state')]
      writeFileSync(file, randomBytes(LEAST_FILE_BYTES))
      const made = network.run(ccbtCommand('create', file, '--v2', '-o', torrent))
      expect(await made.exit, made.log()).toBe(0)
      const root = parseTorrent(readFileSync(torrent)).files[0]!.piecesRoot!
      await using chunker = createFileChunker({ suite: 'blake3', workers: 1 })
      const { fileHash } = await chunker.chunk(file, { signal: AbortSignal.timeout(60_000) })
      const keys = [fileHash, root].map((hash) => toHex(contentKeyOf(hash)))
      const place = { host: arena.nextHost(), port: 6969, work: arena.folder('tracker') }
      const { udpUrl, httpUrl } = arena.use(await startOpentracker(network, place, keys.join('\n')))

      const announce = ['--set', 'xet.announce=4', '--set', `xet.trackers=${udpUrl}`, '--state-dir', state]
      const seed = ['seed', torrent, '--data', folder, '--bind', arena.nextHost(), '--json', ...announce, ...QUIET]
      const seeder = network.run(ccbtCommand(...seed))
      arena.use({ [Symbol.asyncDispose]: () => seeder.stop() })
      const got = join(folder, 'got')
      const where = ['--tracker', httpUrl, '-o', got, '--state-dir', join(folder, 'other')]
      const bind = ['--set', `network.bind=${arena.nextHost()}`]
      const get = async (): Promise<number | string> => {
        const child = network.run(ccbtCommand('xet', 'get', '--root', toHex(root), ...where, ...bind, ...QUIET))
        return await child.exit
      }
      await expect.poll(get, { timeout: 60_000, interval: 500 }).toBe(0)
      expect(readFileSync(got).equals(readFileSync(file))).toBe(true)
    })
  },
)
