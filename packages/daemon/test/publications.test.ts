// Published and followed folders of a daemon: kept over restarts, replaced, ended, and only where one may write.

import { join } from 'node:path'

import { createHttpPublications } from '@ccbt/rpc-client'
import type { DaemonPublications, Publication } from '@ccbt/rpc-client'
import { CcbtError } from '@ccbt/primitives'
import { expect, it, onTestFinished } from 'vitest'

import { publicationOf, publicationsFor } from '../src/faces/publication.ts'
import { startDaemon } from '../src/index.ts'
import type { Daemon, PublicationRunner } from '../src/index.ts'
import { AllowedFolders } from '../src/security/allowed-folders.ts'
import { temporaryFolder } from './support.ts'

const FOLLOW = { kind: 'follow', directory: '/srv/copy', link: 'magnet:?xs=urn:btpk:1' } as const

/** Writes down what is done; a link with `bad` cannot be followed, one with `weak` fails later. */
function recorder(): { done: string[]; runner: PublicationRunner } {
  const done: string[] = []
  const runner: PublicationRunner = async (publication, { tell, signal }) => {
    const link = publication.kind === 'follow' ? publication.link : publication.key
    if (link.includes('bad'))
      throw new CcbtError('DAEMON_REQUEST_INVALID', 'a bad link', { blame: 'input', context: { what: '' } })
    done.push(`begin ${link}`)
    return {
      link,
      run: async () => {
        if (link.includes('weak')) throw new Error('the disk is gone')
        tell({ text: 'version 7', version: 7, isProblem: false })
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
        done.push(`end ${link}`)
      },
      forget: async () => void done.push(`forget ${link}`),
    }
  }
  return { done, runner }
}

async function start(
  stateDir: string,
  publishing?: PublicationRunner,
): Promise<{ daemon: Daemon; client: DaemonPublications }> {
  const options = {
    version: '0',
    session: { stateDir, bind: { v4: '127.0.0.1' } },
    downloadDirectory: temporaryFolder(),
  }
  const daemon = await startDaemon({ ...options, ...(publishing && { publishing }) })
  onTestFinished(() => daemon[Symbol.asyncDispose]())
  const client = createHttpPublications({ socketPath: daemon.socketPath })
  onTestFinished(() => client[Symbol.asyncDispose]())
  return { daemon, client }
}

it('they come back after a restart, and a removed one does not', async () => {
  const stateDir = temporaryFolder()
  const { done, runner } = recorder()
  const publish = { kind: 'publish', directory: '/srv/site', key: 'site', watches: true, exclude: ['*.tmp'] } as const
  {
    const { daemon, client } = await start(stateDir, runner)
    expect(await client.addPublication(FOLLOW)).toMatchObject({ id: 1, kind: 'follow', link: FOLLOW.link })
    expect(await client.addPublication(publish)).toMatchObject({ id: 2, directory: '/srv/site' })
    await daemon[Symbol.asyncDispose]()
  }
  // Its torrents stay for the next run.
  expect(done).toEqual([`begin ${FOLLOW.link}`, 'begin site', `end ${FOLLOW.link}`, 'end site'])
  done.length = 0
  const { daemon, client } = await start(stateDir, runner)
  await expect.poll(() => client.publications()).toMatchObject([{ id: 1, news: 'version 7', version: 7 }, { id: 2 }])
  expect(await client.removePublication(1)).toBe(true)
  expect(await client.removePublication(1)).toBe(false)
  expect(done.slice(2)).toEqual([`end ${FOLLOW.link}`, `forget ${FOLLOW.link}`])
  await daemon[Symbol.asyncDispose]()
  expect(await (await start(stateDir, runner)).client.publications()).toMatchObject([{ id: 2, kind: 'publish' }])
})

it('another wish for the same folder takes the place of the first, unless it cannot be done', async () => {
  const { done, runner } = recorder()
  const { client } = await start(temporaryFolder(), runner)
  await client.addPublication(FOLLOW)
  const again = { ...FOLLOW, link: 'magnet:?xs=urn:btpk:2', accept: 7 }
  expect(await client.addPublication(again)).toMatchObject({ id: 1, link: again.link })
  expect(done).toEqual(
    [FOLLOW.link, again.link].flatMap((link, n) =>
      n === 0 ? [`begin ${link}`, `end ${link}`, `forget ${link}`] : [`begin ${link}`],
    ),
  )
  await expect(client.addPublication({ ...FOLLOW, link: 'bad' })).rejects.toThrow('a bad link')
  const other = { kind: 'publish', directory: FOLLOW.directory, key: 'x' } as const
  await expect(client.addPublication(other)).rejects.toThrow('in the other direction')
  await expect.poll(() => client.publications()).toMatchObject([{ id: 1, link: again.link, version: 7 }])
})

it('what fails is told, and the daemon goes on', async () => {
  const { runner } = recorder()
  const { client } = await start(temporaryFolder(), runner)
  await client.addPublication({ ...FOLLOW, link: 'weak' })
  await expect.poll(() => client.publications()).toMatchObject([{ news: 'the disk is gone', isProblem: true }])
  expect(await client.removePublication(1)).toBe(true)
  const { client: none } = await start(temporaryFolder())
  await expect(none.addPublication(FOLLOW)).rejects.toThrow('publishes and follows no folders')
})

it('over the network they go below the allowed folders only, their versions too', async () => {
  const root = temporaryFolder()
  const added: string[] = []
  const publications: DaemonPublications = {
    publications: async () => [],
    addPublication: async ({ kind, directory }) => {
      added.push(directory)
      return { id: 1, kind, directory, link: '', version: 0, news: '', isProblem: false }
    },
    removePublication: async () => false,
  }
  const folders = new AllowedFolders([root])
  const guest = publicationsFor(
    { publications, checkFolder: async (folder) => void (await folders.check(folder)) },
    false,
  )
  const publish = (directory: string): Publication => ({ kind: 'publish', directory, key: 'x' })
  // The versions of a copy lie beside it.
  for (const wish of [publish('/etc'), publish(join(root, '..')), { ...FOLLOW, directory: root }, FOLLOW]) {
    await expect(guest.addPublication(wish)).rejects.toMatchObject({ code: 'DAEMON_FOLDER_REFUSED' })
  }
  expect(added).toEqual([])
  await guest.addPublication(publish(root))
  await guest.addPublication({ ...FOLLOW, directory: join(root, 'copy') })
  expect(added).toEqual([root, join(root, 'copy')])
})

it.each([
  {},
  { kind: 'publish', directory: 'relative', key: 'x' },
  { kind: 'publish', directory: '/a\0', key: 'x' },
  { kind: 'publish', directory: '/a' },
  { kind: 'follow', directory: '/a' },
  { kind: 'follow', directory: '/a', link: 'x', keep: -1 },
  { kind: 'follow', directory: '/a', link: 'x', peers: [1] },
  { kind: 'both', directory: '/a', link: 'x' },
])('%j is none', (args) => {
  expect(() => publicationOf(args)).toThrow(expect.objectContaining({ code: 'DAEMON_REQUEST_INVALID' }))
})
