// Making a torrent of data that is there, v1 and v2, beside hashing alone; the hashes in the result are compared.

import { hash } from 'node:crypto'
import { closeSync, mkdirSync, openSync, readFileSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { fileHashes } from '@ccbt/metainfo'
import { ccbtCommand } from '../../test/interop/drivers/ccbt.ts'
import { libtorrent, libtorrentCommand } from '../../test/interop/drivers/libtorrent.ts'
import { isInstalled } from '../../test/interop/drivers/network.ts'
import { measureProgram } from './program.ts'
import type { Run } from './results.ts'
import { runRounds } from './rounds.ts'
import type { Contender, Figures } from './rounds.ts'
import type { Material, Setting } from './setting.ts'
import { BLOCK_BYTES } from './wire.ts'

const PIECE_KIB = 4096
const PIECE_BYTES = PIECE_KIB * 1024

type Kind = 'v1' | 'v2'

interface Maker {
  readonly name: string
  readonly missing: string | undefined
  readonly kinds: readonly Kind[]
  /** Whether it only hashes. */
  readonly isBare?: boolean
  command(kind: Kind, path: string, out: string): string[]
}

const MAKERS: readonly Maker[] = [
  {
    name: 'ccbt',
    missing: undefined,
    kinds: ['v1', 'v2'],
    command: (kind, path, out) =>
      ccbtCommand('create', path, '--output', out, `--${kind}`, '--piece-size', `${PIECE_KIB}KiB`, '--json'),
  },
  {
    name: 'libtorrent',
    missing: libtorrent.missing(),
    kinds: ['v1', 'v2'],
    command: (kind, path, out) => libtorrentCommand({ role: 'create', source: path, out, piece: PIECE_BYTES, kind }),
  },
  {
    name: 'transmission',
    missing: isInstalled('transmission-create') ? undefined : 'transmission-create is not installed',
    kinds: ['v1'],
    command: (_, path, out) => ['transmission-create', '-s', String(PIECE_KIB), '-o', out, path],
  },
  {
    name: 'mktorrent',
    missing: isInstalled('mktorrent') ? undefined : 'mktorrent is not installed',
    kinds: ['v1'],
    command: (_, path, out) => ['mktorrent', '-l', String(Math.log2(PIECE_BYTES)), '-o', out, path],
  },
  {
    name: 'bare',
    missing: undefined,
    kinds: ['v1', 'v2'],
    isBare: true,
    command: (kind, path) => {
      const [bytes, algorithm] = kind === 'v1' ? [PIECE_BYTES, 'sha1'] : [BLOCK_BYTES, 'sha256']
      return [process.execPath, join(import.meta.dirname, 'bare-hash.ts'), path, String(bytes), algorithm]
    },
  },
]

/** Runs the benchmark. */
export async function benchCreate(setting: Setting): Promise<Run[]> {
  const { checkSizeMib, rounds, clients } = setting.options
  const material = setting.makeMaterial('hash.bin', checkSizeMib, PIECE_BYTES)
  const hashes = { v1: material.torrent.pieceHashes, v2: rootOf(material) }
  const asked = MAKERS.filter((maker) => clients.length === 0 || clients.includes(maker.name))
  for (const maker of asked)
    if (maker.missing) process.stderr.write(`create: skipped ${maker.name}: ${maker.missing}\n`)
  const there = asked.filter((maker) => maker.missing === undefined)
  const contenders = (['v1', 'v2'] as const).flatMap((kind) =>
    there
      .filter(({ kinds }) => kinds.includes(kind))
      .map((maker): Contender => {
        const run = (): Promise<Figures> => createOnce(setting, { material, maker, kind, hashes: hashes[kind] })
        return { client: maker.name, variant: kind, run }
      }),
  )
  return await runRounds('create', rounds, contenders)
}

/** The root of a v2 torrent's file. */
function rootOf({ path, torrent }: Material): Buffer {
  const { length } = torrent
  const leaves = Buffer.alloc(Math.ceil(length / BLOCK_BYTES) * 32)
  const block = Buffer.alloc(BLOCK_BYTES)
  const file = openSync(path, 'r')
  for (let at = 0; at < length; at += BLOCK_BYTES) {
    const bytes = readSync(file, block, 0, BLOCK_BYTES, at)
    hash('sha256', block.subarray(0, bytes), 'buffer').copy(leaves, (at / BLOCK_BYTES) * 32)
  }
  closeSync(file)
  return Buffer.from(fileHashes(leaves, { length, pieceLength: PIECE_BYTES }).piecesRoot)
}

interface Making {
  readonly material: Material
  readonly maker: Maker
  readonly kind: Kind
  /** What the torrent has to contain. */
  readonly hashes: Buffer
}

async function createOnce(setting: Setting, { material, maker, kind, hashes }: Making): Promise<Figures> {
  const { work } = setting.job('download', material)
  mkdirSync(work, { recursive: true })
  try {
    const out = join(work, 'made.torrent')
    const { limitMs } = setting.options
    const measured = await measureProgram(setting.network, maker.command(kind, material.path, out), { work, limitMs })
    if (maker.isBare !== true && !readFileSync(out).includes(hashes)) throw new Error('the hashes are wrong')
    return { ...measured, bytes: material.torrent.length }
  } finally {
    setting.clearJobs()
  }
}
