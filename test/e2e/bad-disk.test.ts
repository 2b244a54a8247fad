// A disk that fails while torrents use it: what cannot be read is not sent, what was not written is not counted, and
// everything else goes on.

import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createHttpClient } from '@ccbt/rpc-client'
import type { TorrentRow } from '@ccbt/rpc-client'
import { describe, expect, it } from 'vitest'
import { CliProcess, runCli, temporaryFolder } from './cli-process.ts'
import { DaemonHome } from './daemon-process.ts'
import { LoopDisk, loopDiskMissing } from './loop-disk.ts'
import { sampleBytes, writeSamples } from './sample-data.ts'
import { startSwarm } from './swarm.ts'

const missing = loopDiskMissing()
const SIZE = 14_000_000

describe.skipIf(missing !== undefined)(
  `a disk that fails${missing === undefined ? '' : ` (skipped: ${missing})`}`,
  () => {
    it('while a torrent is seeded fails that one alone; repaired, it is checked and seeded again', async () => {
      await using home = await temporaryFolder()
      using disk = new LoopDisk(home.path)
      const at = (name: string): string => join(home.path, name)
      await writeSamples(disk.path, { 'bad.bin': SIZE })
      await writeSamples(at('plain'), { 'good.bin': 500_000 })
      const place = new DaemonHome(home.path)
      for (const data of ['disk/bad.bin', 'plain/good.bin']) await place.run('create', data, '--quiet')
      await using daemon = await place.start()
      const port = await daemon.process.until(({ stderr }) => /for peers on port (\d+)/.exec(stderr)?.[1])
      await place.run('add', 'bad.bin.torrent', '-o', disk.path)
      await place.run('add', 'good.bin.torrent', '-o', at('plain'))
      await using client = createHttpClient(place.address)
      const rowOf = async (name: string): Promise<TorrentRow | undefined> =>
        (await client.state()).torrents.find((row) => row.name === name)
      const phaseOf = async (name: string): Promise<unknown> => (await rowOf(name))?.phase
      for (const name of ['bad.bin', 'good.bin']) await expect.poll(() => phaseOf(name)).toBe('seeding')
      await mkdir(at('elsewhere'))
      const download = (name: string): CliProcess =>
        new CliProcess(['add', at(`${name}.torrent`), '-o', '.', '--json', '--peer', `127.0.0.1:${port}`], {
          cwd: at('elsewhere'),
          env: { HOME: at('elsewhere') },
        })

      disk.cutOff('bad.bin')
      await using early = download('bad.bin')
      await expect
        .poll(() => rowOf('bad.bin'))
        .toMatchObject({
          phase: 'failed',
          error: expect.stringMatching(/^cannot read .*\/disk\/bad\.bin: .*\(EIO\)$/),
        })
      await using other = download('good.bin')
      await other.untilEvent('complete')
      expect(await phaseOf('good.bin')).toBe('seeding')
      // Its record is not believed any more.
      await client.act([1], { type: 'start' })
      await expect.poll(() => rowOf('bad.bin')).toMatchObject({ phase: 'failed', progress: 0 })
      await client.act([1], { type: 'verify' })
      await expect.poll(() => rowOf('bad.bin')).toMatchObject({ phase: 'failed', progress: 0 })
      expect((await early.stop()).stdout).not.toContain('"event":"complete"')

      disk.restore('bad.bin')
      await client.act([1], { type: 'verify' })
      await expect.poll(() => rowOf('bad.bin')).toMatchObject({ phase: 'seeding', progress: 1, error: '' })
      await using late = download('bad.bin')
      await late.untilEvent('complete')
      expect(sampleBytes(SIZE, 1).equals(await readFile(at('elsewhere/bad.bin')))).toBe(true)
    })

    it('while a torrent is downloaded fails it; what was not written is fetched again', async () => {
      await using swarm = await startSwarm({ files: { 'big.bin': SIZE } })
      using disk = new LoopDisk(swarm.folder)
      const file = join(disk.path, 'big.bin')
      await writeFile(file, new Uint8Array(SIZE))
      disk.leave(2_000_000)
      const args = ['add', swarm.torrent, '-o', disk.path, '--json', ...swarm.peerArguments]
      const first = await runCli(args, { cwd: swarm.folder })
      expect(first.stderr).toMatch(/^ccbt: cannot write .*\/disk\/big\.bin: .*\((ENOSPC|EIO)\)\n$/)
      expect(first.stdout).not.toContain('"event":"complete"')

      disk.giveBack()
      disk.forget('big.bin')
      expect(await runCli(args, { cwd: swarm.folder })).toMatchObject({ code: 0 })
      disk.forget('big.bin')
      expect(sampleBytes(SIZE, 1).equals(await readFile(file))).toBe(true)
    })
  },
)
