// Addresses that no peer may have: a file that is wrong, one that keeps peers out, and one that changes.

import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { CliProcess, runCli, temporaryFolder } from './cli-process.ts'
import { treeDigest } from './sample-data.ts'
import { startSwarm } from './swarm.ts'

describe('ccbt with --ip-filter', () => {
  it('keeps peers out as long as the file says so', async () => {
    await using place = await temporaryFolder()
    const filter = join(place.path, 'list.p2p')
    await writeFile(filter, 'This machine:127.0.0.0-127.255.255.255\n')
    await using swarm = await startSwarm({ files: { 'one.bin': 100_000 }, seedArguments: ['--ip-filter', filter] })
    expect(await swarm.seeder.untilEvent('ip-filter-loaded')).toMatchObject({ path: filter, ranges: 1 })
    const args = ['add', swarm.torrent, '-o', 'out', '--json', ...swarm.peerArguments]
    await using added = new CliProcess(args, { cwd: swarm.folder })
    await added.untilEvent('peer-disconnected')
    await writeFile(`${filter}.new`, '# nobody\n')
    await rename(`${filter}.new`, filter)
    expect(await added.untilEvent('complete')).toMatchObject({ bytes: 100_000 })
    expect(await treeDigest(join(swarm.folder, 'out'))).toEqual(await treeDigest(swarm.source))
    expect(swarm.seeder.stdout).toContain('"ranges":0')
  })

  it('does not start with a file that cannot be read, or is none', async () => {
    await using swarm = await startSwarm({ files: { 'one.bin': 100 } })
    const cwd = swarm.folder
    const missing = await runCli(['add', swarm.torrent, '--ip-filter', 'nowhere'], { cwd })
    expect(missing).toMatchObject({
      code: 15,
      stderr: expect.stringMatching(/^ccbt: IP filter .*nowhere: .*no such file.*\n$/),
    })
    const other = await runCli(['add', swarm.torrent, '--ip-filter', swarm.torrent], { cwd })
    expect(other).toMatchObject({ code: 15, stderr: expect.stringMatching(/line 1 is not an address range/) })
  })
})
