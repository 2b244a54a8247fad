// The hash messages of BEP 52 spoken with a libtorrent seed over a real connection: what it answers is proven, which it
// can only be when ranges, layers and uncles mean the same to both.

import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { createHashTree, parseTorrent, wireInfoHash, type Metainfo } from '@ccbt/metainfo'
import type { HashRange } from '@ccbt/primitives'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sha256 } from './torrents.ts'

const PIECE = 32_768
const BLOCK = 16_384
/** More than 512 pieces, so that there are two groups, the second with hashes of nothing at its end. */
const LENGTH = 600 * PIECE + 5
const HEADER = 4 + 1 + 48

const python = ['python3', '/usr/bin/python3'].find(
  (program) => spawnSync(program, ['-c', 'import libtorrent']).status === 0,
)

const SEED = `import libtorrent, sys, time
path, out = sys.argv[1:3]
storage = libtorrent.file_storage()
libtorrent.add_files(storage, path)
torrent = libtorrent.create_torrent(storage, ${PIECE}, libtorrent.create_torrent.v2_only)
libtorrent.set_piece_hashes(torrent, path.rsplit('/', 1)[0])
open(out, 'wb').write(libtorrent.bencode(torrent.generate()))
session = libtorrent.session({'listen_interfaces': '127.0.0.1:0', 'enable_dht': False, 'enable_lsd': False,
  'enable_upnp': False, 'enable_natpmp': False})
params = libtorrent.add_torrent_params()
params.ti = libtorrent.torrent_info(out)
params.save_path = path.rsplit('/', 1)[0]
handle = session.add_torrent(params)
while not handle.status().is_seeding: time.sleep(0.05)
print(session.listen_port(), flush=True)
sys.stdin.read()`

/** A connection that asks one question at a time. */
class Asker {
  readonly #socket: Socket
  #received: Buffer = Buffer.alloc(0)
  #skip = 68

  constructor(socket: Socket) {
    this.#socket = socket
  }

  async ask(range: HashRange): Promise<{ id: number; hashes: Uint8Array }> {
    const message = Buffer.alloc(HEADER)
    message.writeUInt32BE(HEADER - 4)
    message[4] = 21
    message.set(range.piecesRoot, 5)
    for (const [n, field] of [range.baseLayer, range.index, range.length, range.proofLayers].entries()) {
      message.writeUInt32BE(field, 37 + 4 * n)
    }
    this.#socket.write(message)
    for (;;) {
      const answer = await this.#message()
      const id = answer[4]
      if (id !== 22 && id !== 23) continue
      expect(answer.subarray(5, HEADER)).toEqual(message.subarray(5))
      return { id, hashes: new Uint8Array(answer.subarray(HEADER)) }
    }
  }

  async #message(): Promise<Buffer> {
    await this.#has(this.#skip + 4)
    this.#received = this.#received.subarray(this.#skip)
    this.#skip = 4 + this.#received.readUInt32BE()
    await this.#has(this.#skip)
    return this.#received.subarray(0, this.#skip)
  }

  async #has(bytes: number): Promise<void> {
    while (this.#received.length < bytes) {
      const [data]: Buffer[] = await once(this.#socket, 'data', { signal: AbortSignal.timeout(10_000) })
      this.#received = Buffer.concat([this.#received, data!])
    }
  }
}

describe.skipIf(python === undefined)('hash messages with libtorrent (needs python3-libtorrent)', () => {
  const data = Uint8Array.from({ length: LENGTH }, (_, n) => (n * 7 + (n >> 14) * 31) & 0xff)
  let folder = ''
  let child: ChildProcess
  let socket: Socket
  let asker: Asker
  let metainfo: Metainfo
  let options: { piecesRoot: Uint8Array; length: number; pieceLength: number }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'hashes-'))
    writeFileSync(join(folder, 'data'), data)
    child = spawn(python!, ['-c', SEED, join(folder, 'data'), join(folder, 't')], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    const [port] = await once(createInterface(child.stdout!), 'line', { signal: AbortSignal.timeout(30_000) })
    metainfo = parseTorrent(readFileSync(join(folder, 't')))
    options = { piecesRoot: metainfo.files[0]!.piecesRoot!, length: LENGTH, pieceLength: PIECE }
    socket = connect(Number(port), '127.0.0.1')
    asker = new Asker(socket)
    const reserved = Buffer.from('0000000000000010', 'hex')
    const infoHash = wireInfoHash(metainfo.infoHashV2!)
    socket.write(
      Buffer.concat([Buffer.from('\x13BitTorrent protocol'), reserved, infoHash, Buffer.from('-XX0000-abcdefghijkl')]),
    )
  })

  afterAll(() => {
    socket?.destroy()
    child?.kill()
    rmSync(folder, { recursive: true })
  })

  it('gives the hashes of all pieces', async () => {
    const tree = createHashTree(options)
    const ranges = [...tree.missing()]
    expect(ranges.map(({ index, length }) => [index, length])).toEqual([
      [0, 512],
      [512, 512],
    ])
    for (const range of ranges) {
      const { id, hashes } = await asker.ask(range)
      expect([id, tree.add(range, hashes)]).toEqual([22, 'accepted'])
    }
    expect([tree.pieceLayer]).toEqual([...metainfo.pieceLayers.values()])
  })

  it('gives the same answers as we do', async () => {
    const tree = createHashTree({ ...options, pieceLayer: [...metainfo.pieceLayers.values()][0] })
    for (const [index, length, proofLayers] of [
      [0, 2, 0],
      [0, 2, 9],
      [6, 2, 4],
      [256, 256, 9],
      [592, 16, 5],
      [598, 2, 9],
    ] as const) {
      const range: HashRange = { piecesRoot: options.piecesRoot, baseLayer: 1, index, length, proofLayers }
      const { id, hashes } = await asker.ask(range)
      expect(id).toBe(22)
      expect(tree.answer(range)).toEqual({ kind: 'hashes', hashes })
    }
  })

  it('gives the hashes of the blocks of a piece', async () => {
    const tree = createHashTree({ ...options, pieceLayer: [...metainfo.pieceLayers.values()][0] })
    for (const piece of [0, 77, 600]) {
      const range = tree.leafRequests(piece)[0]!
      const { id, hashes } = await asker.ask(range)
      expect(id).toBe(22)
      const first = data.subarray(piece * PIECE, piece * PIECE + BLOCK)
      expect(tree.provenLeaves(range, hashes)?.subarray(0, 32)).toEqual(sha256(first))
    }
  })

  it('rejects what we reject', async () => {
    const tree = createHashTree({ ...options, pieceLayer: [...metainfo.pieceLayers.values()][0] })
    const range: HashRange = { piecesRoot: options.piecesRoot, baseLayer: 1, index: 0, length: 512, proofLayers: 9 }
    for (const change of [{ proofLayers: 10 }, { length: 16_384 }, { index: 1024 }, { baseLayer: 11 }]) {
      expect((await asker.ask({ ...range, ...change })).id).toBe(23)
      expect(tree.answer({ ...range, ...change })).toEqual({ kind: 'rejected' })
    }
  })
})
