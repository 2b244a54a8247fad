// One file of blocked addresses: read at the start and again whenever it has changed. What was right stays in force until
// something else that is right has been read.

import { open, stat } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { setImmediate } from 'node:timers/promises'

import { IpFilterParser } from '@ccbt/ip-filter'
import type { IpFilter, LineProblem, ParsedIpFilter } from '@ccbt/ip-filter'
import { CcbtError, isCcbtError } from '@ccbt/primitives'

import type { SessionEvent } from '../events.ts'

type IpFilterEvent = Extract<SessionEvent, { type: 'ip-filter-loaded' | 'ip-filter-failed' }>

/** Parsed in 2 ms, so that nobody else waits longer. */
const PART_BYTES = 65_536

/** A filter and the file that it comes from. */
export class IpFilterFile {
  readonly path: string
  #filter: IpFilter | undefined
  /** What came of the last reading. */
  #event: IpFilterEvent | undefined
  /** How the file looked at the last poll, and when it was read last. */
  #seen = ''
  #tried = ''

  constructor(path: string) {
    this.path = path
  }

  /** What is to be told about it, once it has been read. */
  get event(): IpFilterEvent | undefined {
    return this.#event
  }

  isBlocked(host: string): boolean {
    return this.#filter?.isBlocked(host) ?? false
  }

  /** Reads it for the first time. Rejects with IP_FILTER_UNREADABLE. */
  async load(): Promise<void> {
    this.#seen = await stampOf(this.path)
    this.#tried = this.#seen
    this.#take(await readIpFilter(this.path))
  }

  /**
   * Reads it again when it has changed and did not change since the last poll: whoever writes it is done. True when
   * there is something new to tell.
   */
  async poll(signal: AbortSignal): Promise<boolean> {
    const stamp = await stampOf(this.path)
    const isAtRest = stamp === this.#seen
    this.#seen = stamp
    if (!isAtRest || stamp === this.#tried) return false
    this.#tried = stamp
    try {
      this.#take(await readIpFilter(this.path, signal))
    } catch (error) {
      if (signal.aborted) return false
      if (!isCcbtError(error, 'IP_FILTER_UNREADABLE')) throw error
      this.#event = { type: 'ip-filter-failed', path: this.path, reason: error.message }
    }
    return true
  }

  #take({ filter, skippedLines, problems }: ParsedIpFilter): void {
    this.#filter = filter
    const { path } = this
    const texts = problems.map(problemText)
    this.#event = { type: 'ip-filter-loaded', path, ranges: filter.ranges, skippedLines, problems: texts }
  }
}

function problemText({ line, text }: LineProblem): string {
  return `line ${line}: ${text}`
}

/** Another text whenever the file is another one or has been written to. */
async function stampOf(path: string): Promise<string> {
  try {
    const { ino, size, mtimeMs } = await stat(path)
    return `${ino} ${size} ${mtimeMs}`
  } catch {
    // Reading it tells why.
    return 'not there'
  }
}

/** Reads a whole file, compressed with gzip or not, in turns with others. Rejects with IP_FILTER_UNREADABLE. */
async function readIpFilter(path: string, signal?: AbortSignal): Promise<ParsedIpFilter> {
  try {
    if (!(await stat(path)).isFile()) throw new Error('not a file')
    await using file = await open(path)
    return await parse(file, signal)
  } catch (cause) {
    throw unreadable(path, cause)
  }
}

async function parse(file: FileHandle, signal: AbortSignal | undefined): Promise<ParsedIpFilter> {
  const parser = new IpFilterParser()
  const bytes = file.createReadStream({ start: 0, autoClose: false, highWaterMark: PART_BYTES })
  const take = async (parts: AsyncIterable<Buffer>): Promise<void> => {
    for await (const part of parts) {
      parser.push(part.toString('latin1'))
      await setImmediate()
    }
  }
  const options = signal === undefined ? {} : { signal }
  if (await isGzip(file)) {
    const { createGunzip } = await import('node:zlib')
    await pipeline(bytes, createGunzip({ chunkSize: PART_BYTES }), take, options)
  } else await pipeline(bytes, take, options)
  const steps = parser.finish()
  let step = steps.next()
  for (; step.done !== true; step = steps.next()) await setImmediate()
  return step.value
}

async function isGzip(file: FileHandle): Promise<boolean> {
  const { buffer, bytesRead } = await file.read(new Uint8Array(2), 0, 2, 0)
  return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b
}

function unreadable(path: string, cause: unknown): CcbtError<'IP_FILTER_UNREADABLE'> {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new CcbtError('IP_FILTER_UNREADABLE', `IP filter ${path}: ${reason}`, {
    blame: 'input',
    context: { path, reason },
    cause,
  })
}
