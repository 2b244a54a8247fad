// A program: a seeder that takes as little processor time as Node allows, so that the downloader is what is measured.
// Arguments: torrent data file, piece length, infohash, host, port. One file, plain TCP, unchokes everybody.
//
// The file is in memory as it goes over the wire, every block behind the header of its message: consecutive requests are
// answered by one slice, and many of those by one system call.

import { closeSync, openSync, readSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import type { Socket } from 'node:net'
import { BLOCK_BYTES, HANDSHAKE_BYTES, handshake, isPlainHandshake, PIECE_HEADER_BYTES } from './wire.ts'

const REQUEST_BYTES = 17
const SLOT_BYTES = BLOCK_BYTES + PIECE_HEADER_BYTES
/** How many requests it says it takes; libtorrent says the same. */
const REQUEST_QUEUE = 2000

const [path = '', pieceLengthText = '', infoHash = '', host = '', port = ''] = process.argv.slice(2)
const pieceLength = Number(pieceLengthText)
const length = statSync(path).size
const pieces = Math.ceil(length / pieceLength)
const image = loadImage()
const greeting = { plain: bitfieldMessage(), extended: Buffer.concat([extendedMessage(), bitfieldMessage()]) }

function loadImage(): Buffer {
  const blocks = Math.ceil(length / BLOCK_BYTES)
  const made = Buffer.allocUnsafe(blocks * SLOT_BYTES)
  const file = openSync(path, 'r')
  for (let block = 0; block < blocks; block++) {
    const start = block * BLOCK_BYTES
    const size = Math.min(BLOCK_BYTES, length - start)
    const slot = block * SLOT_BYTES
    writePieceHeader(made, slot, { piece: Math.floor(start / pieceLength), begin: start % pieceLength, length: size })
    readSync(file, made, slot + PIECE_HEADER_BYTES, size, start)
  }
  closeSync(file)
  return made
}

interface Block {
  readonly piece: number
  readonly begin: number
  readonly length: number
}

function writePieceHeader(target: Buffer, at: number, block: Block): void {
  target.writeUInt32BE(9 + block.length, at)
  target[at + 4] = 7
  target.writeUInt32BE(block.piece, at + 5)
  target.writeUInt32BE(block.begin, at + 9)
}

function bitfieldMessage(): Buffer {
  const message = Buffer.alloc(5 + Math.ceil(pieces / 8), 0xff)
  message.writeUInt32BE(message.length - 4, 0)
  message[4] = 5
  if (pieces % 8 !== 0) message[message.length - 1] = (0xff << (8 - (pieces % 8))) & 0xff
  return message
}

function extendedMessage(): Buffer {
  const payload = Buffer.from(`d1:mde4:reqqi${REQUEST_QUEUE}ee`)
  const message = Buffer.concat([Buffer.from([0, 0, 0, 0, 20, 0]), payload])
  message.writeUInt32BE(message.length - 4, 0)
  return message
}

/** Joins answers that lie behind each other in the image. */
class Answers {
  readonly #socket: Socket
  #start = 0
  #end = 0

  constructor(socket: Socket) {
    this.#socket = socket
  }

  add(piece: number, begin: number, size: number): void {
    const at = piece * pieceLength + begin
    if (at + size > length) return void this.#socket.destroy()
    const isWholeBlock = at % BLOCK_BYTES === 0 && (size === BLOCK_BYTES || at + size === length)
    if (!isWholeBlock) return this.#addOdd({ piece, begin, length: size })
    const slot = (at / BLOCK_BYTES) * SLOT_BYTES
    if (slot !== this.#end) {
      this.flush()
      this.#start = slot
    }
    this.#end = slot + PIECE_HEADER_BYTES + size
  }

  flush(): void {
    if (this.#end > this.#start) this.#socket.write(image.subarray(this.#start, this.#end))
    this.#start = this.#end = 0
  }

  /** A request that is not one block: its bytes are picked from their slots. */
  #addOdd(block: Block): void {
    this.flush()
    const answer = Buffer.allocUnsafe(PIECE_HEADER_BYTES + block.length)
    writePieceHeader(answer, 0, block)
    const first = block.piece * pieceLength + block.begin
    for (let done = 0; done < block.length;) {
      const at = first + done
      const size = Math.min(BLOCK_BYTES - (at % BLOCK_BYTES), block.length - done)
      const from = Math.floor(at / BLOCK_BYTES) * SLOT_BYTES + PIECE_HEADER_BYTES + (at % BLOCK_BYTES)
      image.copy(answer, PIECE_HEADER_BYTES + done, from, from + size)
      done += size
    }
    this.#socket.write(answer)
  }
}

function serve(socket: Socket): void {
  const answers = new Answers(socket)
  let kept = Buffer.alloc(0)
  let isGreeted = false
  socket.on('error', () => socket.destroy())
  socket.on('data', (data: Buffer) => {
    let input = kept.length === 0 ? data : Buffer.concat([kept, data])
    socket.cork()
    if (!isGreeted && input.length >= HANDSHAKE_BYTES) {
      // Clients that try encryption first come again without it.
      if (!isPlainHandshake(input)) return void socket.destroy()
      isGreeted = true
      greet(socket, input)
      input = input.subarray(HANDSHAKE_BYTES)
    }
    kept = Buffer.from(isGreeted ? answer(input, socket, answers) : input)
    answers.flush()
    socket.uncork()
  })
}

function greet(socket: Socket, theirs: Buffer): void {
  socket.write(handshake(infoHash, '-BS0001-benchseeder0'))
  // Told that 2000 requests are welcome, Transmission 3.00 sends no more than 2000 in a second; told nothing it does.
  const isTransmission = theirs.subarray(48, 51).equals(Buffer.from('-TR'))
  const hasExtensions = (theirs[25]! & 0x10) !== 0
  socket.write(hasExtensions && !isTransmission ? greeting.extended : greeting.plain)
}

/** Answers all complete messages and gives back the rest. */
function answer(input: Buffer, socket: Socket, answers: Answers): Buffer {
  let at = 0
  while (input.length - at >= 4) {
    const size = input.readUInt32BE(at)
    if (input.length - at < 4 + size) break
    const id = size > 0 ? input[at + 4] : undefined
    if (id === 6 && size === REQUEST_BYTES - 4) {
      answers.add(input.readUInt32BE(at + 5), input.readUInt32BE(at + 9), input.readUInt32BE(at + 13))
    } else if (id === 2) {
      answers.flush()
      socket.write(Buffer.from([0, 0, 0, 1, 1]))
    }
    at += 4 + size
  }
  return input.subarray(at)
}

createServer({ noDelay: true }, serve).listen(Number(port), host, () => process.stdout.write('ready\n'))
