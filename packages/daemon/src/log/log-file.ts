// The file of the log. Lines are collected and written together; a full file becomes `.1`, that one `.2`, and so on. A disk
// that takes no lines costs lines and nothing else: no more than a mebibyte of them waits.

import { appendFile, mkdir, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

const FLUSH_MS = 200
const MAX_WAITING_CHARS = 1_048_576

/** Where a log is kept. */
export interface LogFileOptions {
  readonly path: string
  /** Bytes. */
  readonly maxSize: number
  /** How many full files stay besides the one that is written. */
  readonly keep: number
}

/** Appends lines. Disposing writes those that wait. */
export class LogFile implements AsyncDisposable {
  #options: LogFileOptions
  #waiting: string[] = []
  #waitingChars = 0
  #dropped = 0
  #timer: NodeJS.Timeout | undefined
  #writing: Promise<void> = Promise.resolve()

  constructor(options: LogFileOptions) {
    this.#options = options
  }

  write(line: string): void {
    if (this.#waitingChars > MAX_WAITING_CHARS) {
      this.#dropped++
      return
    }
    this.#waiting.push(`${line}\n`)
    this.#waitingChars += line.length
    this.#timer ??= setTimeout(() => this.#flush(), FLUSH_MS)
  }

  /** Other bounds or another file from now on; resolves when what waits is in the one that it was written for. */
  async follow(options: LogFileOptions): Promise<void> {
    this.#flush()
    this.#writing = this.#writing.then(() => {
      this.#options = options
    })
    await this.#writing
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#flush()
    await this.#writing
  }

  #flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#writing = this.#writing.then(() => this.#append())
  }

  async #append(): Promise<void> {
    const lost = this.#dropped === 0 ? '' : `${this.#dropped} lines are missing here\n`
    const text = this.#waiting.join('') + lost
    this.#waiting = []
    this.#waitingChars = 0
    this.#dropped = 0
    if (text === '') return
    try {
      await this.#rotate(Buffer.byteLength(text))
      await appendFile(this.#options.path, text, { mode: 0o640 })
    } catch {
      // The log cannot tell that the log cannot be written; what it says is in the daemon's memory all the same.
    }
  }

  async #rotate(length: number): Promise<void> {
    const { path, maxSize, keep } = this.#options
    const size = await sizeOf(path)
    if (size === undefined) await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    if (size === undefined || size === 0 || size + length <= maxSize) return
    for (let number = keep; number > 0; number--) {
      const from = number === 1 ? path : `${path}.${number - 1}`
      if ((await sizeOf(from)) !== undefined) await rename(from, `${path}.${number}`)
    }
    if (keep === 0) await rm(path)
  }
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size
  } catch {
    // There is none yet.
    return undefined
  }
}
