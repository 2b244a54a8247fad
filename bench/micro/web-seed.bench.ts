// What fetching from a web server costs without hashing and disk: a client in a process of its own, against a server here
// that writes the same MiB over and over. With node:http and fetch beside it, which is why the client has its own HTTP.

import { execFile } from 'node:child_process'
import { request } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { createServer as createTcpServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import type { Clock } from '@ccbt/primitives'
import { createWebSeed } from '@ccbt/web-seed'

const MIB = 1_048_576
const GIB = 1024 * MIB
const ROUNDS = 5

/** What one case measured. */
interface Figures {
  readonly mbPerSecond: number
  readonly cpuSecondsPerGib: number
  readonly peakRssMib: number
}

const clock: Clock = {
  now: () => performance.now(),
  after: (ms, fn) => {
    const timer = setTimeout(fn, ms)
    return () => clearTimeout(timer)
  },
}

/** Takes bytes as a piece does: with one copy. */
function createSink(): { data(bytes: Uint8Array): void; readonly length: number } {
  const piece = new Uint8Array(MIB)
  let length = 0
  return {
    data(bytes) {
      for (let at = 0; at < bytes.length;) {
        const place = length % MIB
        const part = bytes.subarray(at, at + Math.min(bytes.length - at, MIB - place))
        piece.set(part, place)
        at += part.length
        length += part.length
      }
    },
    get length() {
      return length
    },
  }
}

/** Fetches a GiB in ranges of this length, `parallel` at a time. */
function webSeed(rangeBytes: number, parallel: number): (port: number) => Promise<number> {
  return async (port) => {
    using seed = createWebSeed({
      url: `http://127.0.0.1:${port}/file`,
      style: 'url-list',
      name: 'file',
      isMultiFile: false,
      files: [{ path: ['file'], length: GIB, offset: 0, isPad: false }],
      infoHash: new Uint8Array(20),
      pieceLength: MIB,
      totalLength: GIB,
      userAgent: 'ccbt/bench',
      clock,
    })
    const sink = createSink()
    let next = 0
    const worker = async (): Promise<void> => {
      for (let offset = next; offset < GIB; offset = next) {
        next += rangeBytes
        const { result } = seed.fetch({ offset, length: rangeBytes }, sink, new AbortController().signal)
        const outcome = await result
        if (outcome.kind !== 'done') throw new Error(JSON.stringify(outcome))
      }
    }
    await Promise.all(Array.from({ length: parallel }, worker))
    return sink.length
  }
}

async function nodeHttp(port: number): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const headers = { Range: `bytes=0-${GIB - 1}` }
  request({ host: '127.0.0.1', port, path: '/file', headers }, resolve).on('error', reject).end()
  const response = await promise
  const sink = createSink()
  response.on('data', (bytes: Buffer) => sink.data(bytes))
  await new Promise((ended) => response.on('end', ended))
  return sink.length
}

async function nodeFetch(port: number): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${port}/file`, { headers: { Range: `bytes=0-${GIB - 1}` } })
  const sink = createSink()
  for await (const bytes of response.body!) sink.data(bytes)
  return sink.length
}

const cases: Readonly<Record<string, (port: number) => Promise<number>>> = {
  'web seed, ranges of 16 MiB': webSeed(16 * MIB, 1),
  'web seed, ranges of 1 MiB': webSeed(MIB, 1),
  'web seed, ranges of 1 MiB, 4 connections': webSeed(MIB, 4),
  'web seed, ranges of 64 KiB': webSeed(MIB / 16, 1),
  'node:http, one request': nodeHttp,
  'fetch, one request': nodeFetch,
}

/** Answers range requests with that many bytes, as a server of files does, at little cost. */
async function startServer(): Promise<{ port: number; close(): void }> {
  const data = Buffer.alloc(MIB, 'ccbt')
  const sockets = new Set<Socket>()
  const answer = (socket: Socket, head: string): void => {
    const [, start, end] = /bytes=(\d+)-(\d+)/.exec(head) ?? []
    let left = Number(end) - Number(start) + 1
    socket.write(`HTTP/1.1 206 x\r\nContent-Range: bytes ${start}-${end}/${GIB}\r\nContent-Length: ${left}\r\n\r\n`)
    const more = (): void => {
      if (left === 0) return
      const part = left < MIB ? data.subarray(0, left) : data
      left -= part.length
      socket.write(part, more)
    }
    more()
  }
  const server = createTcpServer((socket) => {
    sockets.add(socket)
    socket.on('data', (head) => answer(socket, head.toString('latin1')))
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}

async function measure(name: string, port: number): Promise<Figures> {
  const before = process.resourceUsage()
  const start = performance.now()
  const bytes = await cases[name]!(port)
  if (bytes !== GIB) throw new Error(`${bytes} bytes`)
  const seconds = (performance.now() - start) / 1000
  const after = process.resourceUsage()
  const cpuUs = after.userCPUTime + after.systemCPUTime - before.userCPUTime - before.systemCPUTime
  return { mbPerSecond: bytes / 1e6 / seconds, cpuSecondsPerGib: cpuUs / 1e6, peakRssMib: after.maxRSS / 1024 }
}

async function inChild(name: string, port: number): Promise<Figures> {
  const args = ['--conditions=ccbt-src', fileURLToPath(import.meta.url), name, String(port)]
  const { stdout } = await promisify(execFile)(process.execPath, args)
  return JSON.parse(stdout) as Figures
}

/** Runs every case in turn, five times, and prints the medians. */
export async function run(): Promise<void> {
  const server = await startServer()
  const names = Object.keys(cases)
  const rounds: Figures[][] = names.map(() => [])
  for (let round = 0; round < ROUNDS; round++)
    for (const [i, name] of names.entries()) rounds[i]!.push(await inChild(name, server.port))
  server.close()
  for (const [i, name] of names.entries()) {
    const median = (of: keyof Figures): number =>
      rounds[i]!.map((figures) => figures[of]).sort((a, b) => a - b)[ROUNDS >>> 1]!
    const cost = `${median('cpuSecondsPerGib').toFixed(2)} CPU s/GiB  ${median('peakRssMib').toFixed(0)} MiB RSS`
    process.stdout.write(`${name.padEnd(44)} ${median('mbPerSecond').toFixed(0).padStart(5)} MB/s  ${cost}\n`)
  }
}

const [name, port] = process.argv.slice(2)
if (process.argv[1] === fileURLToPath(import.meta.url) && name !== undefined)
  process.stdout.write(JSON.stringify(await measure(name, Number(port))))
