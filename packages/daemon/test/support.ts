// Engines with real sessions and files, for tests.

import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { createSession } from '@ccbt/core'
import type { SessionOptions } from '@ccbt/core'
import { buildTorrent, parseTorrent } from '@ccbt/metainfo'
import { onTestFinished } from 'vitest'

import { Engine } from '../src/engine/engine.ts'
import type { EngineParts } from '../src/engine/engine.ts'
import { AllowedFolders } from '../src/security/allowed-folders.ts'
import { openDatabase } from '../src/state/database.ts'
import { SettingTable } from '../src/state/setting-table.ts'
import { TorrentTable } from '../src/state/torrent-table.ts'

/** How long tests wait for what takes a moment. */
export const PATIENCE = { timeout: 30_000, interval: 20 }

/** A folder that is gone after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'ccbt-daemon-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A started engine that knows nobody, with the folder of its downloads. */
export async function startEngine(changes: Partial<EngineParts> = {}, stateDir = temporaryFolder()): Promise<Engine> {
  const options: SessionOptions = { stateDir, bind: { v4: '127.0.0.1' }, lsd: false, portMapping: false }
  const session = await createSession(options)
  onTestFinished(() => session[Symbol.asyncDispose]())
  const database = openDatabase(stateDir)
  onTestFinished(() => database.close())
  const downloadDirectory = temporaryFolder()
  const engine = new Engine({
    session,
    table: new TorrentTable(database),
    settings: new SettingTable(database),
    options,
    version: '0',
    downloadDirectory,
    folders: new AllowedFolders([downloadDirectory]),
    ...changes,
  })
  onTestFinished(() => engine[Symbol.asyncDispose]())
  engine.start()
  return engine
}

/** A torrent of one file of 20 kB which nobody has. */
export function torrentFile(name: string): Uint8Array {
  return buildTorrent({
    name,
    files: [{ path: [name], length: 20_000 }],
    isMultiFile: false,
    pieceLength: 16_384,
    pieceHashes: new Uint8Array(40),
    trackers: [],
  })
}

/** What {@link seeded} torrents are made of. */
export const DATA: Buffer = Buffer.alloc(50_000, 'ccbt')
const PIECE = 16_384

/** A torrent of one file that a session of its own has, and the link by which somebody who has it is found. */
export async function seeded(name: string): Promise<{ readonly bytes: Uint8Array; readonly link: string }> {
  const pieces = Array.from({ length: Math.ceil(DATA.length / PIECE) }, (_, n) =>
    createHash('sha1')
      .update(DATA.subarray(n * PIECE, (n + 1) * PIECE))
      .digest(),
  )
  const files = [{ path: [name], length: DATA.length }]
  const pieceHashes = Buffer.concat(pieces)
  const bytes = buildTorrent({ name, files, isMultiFile: false, pieceLength: PIECE, pieceHashes, trackers: [] })
  const directory = temporaryFolder()
  writeFileSync(join(directory, name), DATA)
  const session = await createSession({ stateDir: temporaryFolder(), bind: { v4: '127.0.0.1' }, lsd: false })
  onTestFinished(() => session[Symbol.asyncDispose]())
  const { infoHash } = await session.add(parseTorrent(bytes), { directory })
  return { bytes, link: `magnet:?xt=urn:btih:${infoHash}&x.pe=127.0.0.1:${session.summary().port}` }
}
