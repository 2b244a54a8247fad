// Making a torrent of data that is there; the piece hashes in the result are compared.

import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ccbtCommand } from '../../test/interop/drivers/ccbt.ts'
import { libtorrent, libtorrentCommand } from '../../test/interop/drivers/libtorrent.ts'
import { isInstalled } from '../../test/interop/drivers/network.ts'
import { measureProgram } from './program.ts'
import type { Run } from './results.ts'
import { runRounds } from './rounds.ts'
import type { Contender, Figures } from './rounds.ts'
import type { Material, Setting } from './setting.ts'

const PIECE_KIB = 4096

interface Maker {
  readonly name: string
  readonly missing: string | undefined
  command(path: string, out: string): string[]
}

const MAKERS: readonly Maker[] = [
  {
    name: 'ccbt',
    missing: undefined,
    command: (path, out) => ccbtCommand('create', path, '--output', out, '--piece-size', `${PIECE_KIB}KiB`, '--json'),
  },
  {
    name: 'libtorrent',
    missing: libtorrent.missing(),
    command: (path, out) => libtorrentCommand({ role: 'create', source: path, out, piece: PIECE_KIB * 1024 }),
  },
  {
    name: 'transmission',
    missing: isInstalled('transmission-create') ? undefined : 'transmission-create is not installed',
    command: (path, out) => ['transmission-create', '-s', String(PIECE_KIB), '-o', out, path],
  },
  {
    name: 'mktorrent',
    missing: isInstalled('mktorrent') ? undefined : 'mktorrent is not installed',
    command: (path, out) => ['mktorrent', '-l', String(Math.log2(PIECE_KIB * 1024)), '-o', out, path],
  },
]

/** Runs the benchmark. */
export async function benchCreate(setting: Setting): Promise<Run[]> {
  const { checkSizeMib, rounds, clients } = setting.options
  const material = setting.makeMaterial('hash.bin', checkSizeMib, PIECE_KIB * 1024)
  const asked = MAKERS.filter((maker) => clients.length === 0 || clients.includes(maker.name))
  for (const maker of asked)
    if (maker.missing) process.stderr.write(`create: skipped ${maker.name}: ${maker.missing}\n`)
  const contenders = asked
    .filter((maker) => maker.missing === undefined)
    .map((maker): Contender => {
      return { client: maker.name, variant: '', run: () => createOnce(setting, material, maker) }
    })
  return await runRounds('create', rounds, contenders)
}

async function createOnce(setting: Setting, material: Material, maker: Maker): Promise<Figures> {
  const { work } = setting.job('download', material)
  mkdirSync(work, { recursive: true })
  try {
    const out = join(work, 'made.torrent')
    const { limitMs } = setting.options
    const measured = await measureProgram(setting.network, maker.command(material.path, out), { work, limitMs })
    if (!readFileSync(out).includes(material.torrent.pieceHashes)) throw new Error('the piece hashes are wrong')
    return { ...measured, bytes: material.torrent.length }
  } finally {
    setting.clearJobs()
  }
}
