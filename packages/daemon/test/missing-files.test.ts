// A disk that is not there when the daemon starts: nothing is downloaded into the bare folder that is in its place.

import { existsSync, renameSync } from 'node:fs'
import { join } from 'node:path'

import { expect, it } from 'vitest'

import { add, call, fieldsOf, makeTorrent, runDaemon, temporaryFolder } from './rpc-support.ts'

const [DOWNLOADING, SEEDING, LOCAL_ERROR] = [4, 6, 3]

it('keeps what was there, waits for it, and fetches it again only when that is asked for', async () => {
  const [stateDir, disk] = [temporaryFolder(), temporaryFolder()]
  const torrent = makeTorrent(disk, 'folder', ['a', 'deep/b'])
  const status = async (of: Awaited<ReturnType<typeof runDaemon>>): Promise<Record<string, unknown>> =>
    fieldsOf(of, 1, ['status', 'error', 'errorString', 'percentDone'])
  {
    await using before = await runDaemon(stateDir, disk)
    await add(before, torrent)
    await expect.poll(() => status(before)).toMatchObject({ status: SEEDING, percentDone: 1 })
    await expect.poll(async () => (await fieldsOf(before, 1, ['doneDate']))['doneDate']).toBeGreaterThan(0)
  }
  renameSync(join(disk, 'folder'), join(disk, 'elsewhere'))
  const daemon = await runDaemon(stateDir, disk)
  const problem = { error: LOCAL_ERROR, errorString: expect.stringContaining('not there any more') }
  await expect.poll(() => status(daemon)).toMatchObject(problem)
  await call(daemon, 'torrent-start', { ids: 1 })
  await expect.poll(() => status(daemon)).toMatchObject(problem)
  expect(existsSync(join(disk, 'folder'))).toBe(false)

  renameSync(join(disk, 'elsewhere'), join(disk, 'folder'))
  await call(daemon, 'torrent-start', { ids: 1 })
  await expect.poll(() => status(daemon)).toMatchObject({ status: SEEDING, error: 0, percentDone: 1 })

  await call(daemon, 'torrent-stop', { ids: 1 })
  renameSync(join(disk, 'folder'), join(disk, 'elsewhere'))
  await call(daemon, 'torrent-start', { ids: 1 })
  await expect.poll(() => status(daemon)).toMatchObject(problem)
  await call(daemon, 'torrent-verify', { ids: 1 })
  await expect.poll(() => status(daemon)).toMatchObject({ status: DOWNLOADING, error: 0, percentDone: 0 })
})
