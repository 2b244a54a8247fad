// Engines with real sessions and files, for tests.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { createSession } from '@ccbt/core'
import type { SessionOptions } from '@ccbt/core'
import { buildTorrent } from '@ccbt/metainfo'
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
