// A program: downloaders that only load a seeder. Each asks for every block, compares what comes with the source and
// keeps nothing; there is no hashing and no writing, so that the processor is left to the seeder.
// Arguments: data file, piece length, infohash, seeder's host:port, then one local address for each sink.
// Prints one JSON line { seconds } when the last one has everything.

import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { BLOCK_BYTES, HANDSHAKE_BYTES, handshake, PIECE_HEADER_BYTES } from './wire.ts'

const READ_BYTES = 256 * 1024
/** Requests on their way, and how many may be missing before more are sent. */
const DEPTH = 500
const REFILL = 64
const REQUEST_BYTES = 17
const INTERESTED = Buffer.from([0, 0, 0, 1, 2])

const [path = '', pieceLengthText = '', infoHash = '', seeder = '', ...locals] = process.argv.slice(2)
const pieceLength = Number(pieceLengthText)
const source = readFileSync(path)
const blocks = Math.ceil(source.length / BLOCK_BYTES)
const [host = '', port = ''] = seeder.split(':')

class Sink {
  readonly #socket: Socket
  readonly #finished: () => void
  readonly #got = new Uint8Array(blocks)
  readonly #header = Buffer.alloc(PIECE_HEADER_BYTES)
  readonly #first: number
  #headerFill = 0
  #handshakeLeft = HANDSHAKE_BYTES
  /** Bytes of the present message that are still to come, and where they belong; -1 = nowhere. */
  #payloadLeft = 0
  #payloadAt = -1
  #isChoked = true
  #asked = 0
  #waiting = 0
  #received = 0

  constructor(local: string, first: number, finished: () => void) {
    this.#first = first
    this.#finished = finished
    const buffer = Buffer.allocUnsafe(READ_BYTES)
    this.#socket = connect({
      host,
      port: Number(port),
      localAddress: local,
      noDelay: true,
      onread: {
        buffer,
        callback: (size) => {
          this.#push(buffer, size)
          return true
        },
      },
    })
    this.#socket.on('error', (error) => fail(error.message))
    this.#socket.on('close', () => {
      if (this.#received < blocks) fail(`the seeder closed after ${this.#received} of ${blocks} blocks`)
    })
  }

  /** Says hello; the rest follows from what comes. */
  start(): void {
    this.#socket.write(handshake(infoHash, `-BK0001-${String(this.#first).padStart(12, '0')}`))
  }

  #push(data: Buffer, size: number): void {
    let at = Math.min(this.#handshakeLeft, size)
    this.#handshakeLeft -= at
    // Not together with the handshake: some clients drop what comes in the same packet.
    if (at > 0 && this.#handshakeLeft === 0) this.#socket.write(INTERESTED)
    while (at < size) {
      if (this.#payloadLeft > 0) at += this.#payload(data, at, size)
      else at += this.#head(data, at, size)
    }
    if (!this.#isChoked) this.#ask()
  }

  #payload(data: Buffer, at: number, size: number): number {
    const part = Math.min(this.#payloadLeft, size - at)
    if (this.#payloadAt >= 0) {
      const isSame = data.compare(source, this.#payloadAt, this.#payloadAt + part, at, at + part) === 0
      if (!isSame) fail(`wrong bytes at ${this.#payloadAt}`)
      this.#payloadAt += part
    }
    this.#payloadLeft -= part
    if (this.#payloadLeft === 0 && this.#payloadAt >= 0) this.#blockEnd()
    return part
  }

  #head(data: Buffer, at: number, size: number): number {
    const wanted = this.#headerWanted()
    const part = Math.min(wanted - this.#headerFill, size - at)
    data.copy(this.#header, this.#headerFill, at, at + part)
    this.#headerFill += part
    if (this.#headerFill === this.#headerWanted()) this.#message()
    return part
  }

  /** Four bytes of length, then the id if there is one, then piece and begin if it is a block. */
  #headerWanted(): number {
    if (this.#headerFill < 4) return 4
    if (this.#header.readUInt32BE(0) === 0) return 4
    if (this.#headerFill < 5) return 5
    return this.#header[4] === 7 ? PIECE_HEADER_BYTES : 5
  }

  #message(): void {
    const length = this.#header.readUInt32BE(0)
    const id = length > 0 ? this.#header[4] : undefined
    this.#payloadLeft = length + 4 - this.#headerFill
    this.#payloadAt = -1
    if (id === 7) this.#payloadAt = this.#header.readUInt32BE(5) * pieceLength + this.#header.readUInt32BE(9)
    if (id === 0) this.#choked()
    if (id === 1) this.#isChoked = false
    this.#headerFill = 0
  }

  /** What was asked for will not come: everything that is missing is asked for again. */
  #choked(): void {
    this.#isChoked = true
    this.#asked = 0
    this.#waiting = 0
  }

  #blockEnd(): void {
    const block = Math.ceil(this.#payloadAt / BLOCK_BYTES) - 1
    this.#waiting = Math.max(this.#waiting - 1, 0)
    if (this.#got[block] === 1) return
    this.#got[block] = 1
    this.#received += 1
    if (this.#received === blocks) {
      this.#socket.destroy()
      this.#finished()
    }
  }

  #ask(): void {
    if (DEPTH - this.#waiting < REFILL) return
    const requests = Buffer.allocUnsafe((DEPTH - this.#waiting) * REQUEST_BYTES)
    let fill = 0
    while (this.#waiting < DEPTH && this.#asked < blocks) {
      const block = (this.#first + this.#asked) % blocks
      this.#asked += 1
      if (this.#got[block] === 1) continue
      this.#waiting += 1
      fill = writeRequest(requests, fill, block * BLOCK_BYTES)
    }
    if (fill > 0) this.#socket.write(requests.subarray(0, fill))
  }
}

function writeRequest(target: Buffer, at: number, position: number): number {
  target.writeUInt32BE(13, at)
  target[at + 4] = 6
  target.writeUInt32BE(Math.floor(position / pieceLength), at + 5)
  target.writeUInt32BE(position % pieceLength, at + 9)
  target.writeUInt32BE(Math.min(BLOCK_BYTES, source.length - position), at + 13)
  return at + REQUEST_BYTES
}

function fail(reason: string): never {
  process.stderr.write(`${reason}\n`)
  process.exit(1)
}

const start = performance.now()
let running = locals.length
for (const [index, local] of locals.entries()) {
  // Not in step: each begins at another part of the torrent.
  const sink = new Sink(local, Math.floor((index * blocks) / locals.length), () => {
    running -= 1
    if (running > 0) return
    process.stdout.write(`${JSON.stringify({ seconds: (performance.now() - start) / 1000 })}\n`)
    process.exit(0)
  })
  sink.start()
}
