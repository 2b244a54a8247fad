// What a process and all its descendants use, read from /proc.

import { readFileSync, readdirSync } from 'node:fs'

const TICKS_PER_S = 100
const SAMPLE_MS = 40

/** What was used. */
export interface Usage {
  /** User and system time, that of children which have ended included. */
  readonly cpuS: number
  /** The most that all of them had resident at one moment, mapped files included. */
  readonly peakRssBytes: number
  /** The most that was not backed by a file. */
  readonly peakAnonymousBytes: number
}

/** Samples processes and their descendants until it is ended. */
export class UsageMeter implements Disposable {
  readonly #roots: readonly number[]
  readonly #timer: NodeJS.Timeout
  readonly #cpuAtStart: number
  #cpuS: number
  #peakRssBytes = 0
  #peakAnonymousBytes = 0

  constructor(roots: readonly number[]) {
    this.#roots = roots
    this.#cpuAtStart = cpuOf(roots)
    this.#cpuS = this.#cpuAtStart
    this.#timer = setInterval(() => this.#sample(), SAMPLE_MS)
  }

  /** Processor time since the start. */
  cpuS(): number {
    this.#sample()
    return this.#cpuS - this.#cpuAtStart
  }

  /** Ends the sampling. `cpuS` is what a better source says about the processor time since the start. */
  end(cpuS?: number): Usage {
    clearInterval(this.#timer)
    this.#sample()
    return {
      cpuS: cpuS ?? this.#cpuS - this.#cpuAtStart,
      peakRssBytes: this.#peakRssBytes,
      peakAnonymousBytes: this.#peakAnonymousBytes,
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
  }

  #sample(): void {
    this.#cpuS = Math.max(this.#cpuS, cpuOf(this.#roots))
    const { rss, anonymous } = memoryOf(this.#roots)
    this.#peakRssBytes = Math.max(this.#peakRssBytes, rss)
    this.#peakAnonymousBytes = Math.max(this.#peakAnonymousBytes, anonymous)
  }
}

/** Measures what processes outside this one's family use. */
export class Disturbance {
  readonly #start = performance.now()
  readonly #total = machineCpuS()
  readonly #ours = cpuOf([process.pid])

  /** Cores kept busy by others since the start. */
  end(): number {
    const others = machineCpuS() - this.#total - (cpuOf([process.pid]) - this.#ours)
    return Math.max(others / ((performance.now() - this.#start) / 1000), 0)
  }
}

/** Seconds that all processors together were busy since the machine started. */
function machineCpuS(): number {
  // user, nice, system, idle, iowait, irq, softirq, steal; the last is time that a virtual machine did not get.
  const ticks = read('/proc/stat').split('\n', 1)[0]!.split(/\s+/u).slice(1).map(Number)
  return [0, 1, 2, 5, 6, 7].reduce((sum, index) => sum + (ticks[index] ?? 0), 0) / TICKS_PER_S
}

function cpuOf(roots: readonly number[]): number {
  let ticks = 0
  for (const pid of treeOf(roots)) {
    // The name, in parentheses, may hold anything; utime, stime, cutime and cstime are fields 14 to 17.
    const fields = read(`/proc/${pid}/stat`)
      .replace(/^.*\) /su, '')
      .split(' ')
    ticks += [11, 12, 13, 14].reduce((sum, index) => sum + Number(fields[index] ?? 0), 0)
  }
  return ticks / TICKS_PER_S
}

function memoryOf(roots: readonly number[]): { rss: number; anonymous: number } {
  let rss = 0
  let anonymous = 0
  for (const pid of treeOf(roots)) {
    const status = read(`/proc/${pid}/status`)
    rss += kilobytes(status, 'VmRSS')
    anonymous += kilobytes(status, 'RssAnon')
  }
  return { rss, anonymous }
}

function kilobytes(status: string, key: string): number {
  return Number(new RegExp(`^${key}:\\s+(\\d+)`, 'mu').exec(status)?.[1] ?? 0) * 1024
}

function treeOf(roots: readonly number[]): number[] {
  const found = [...roots]
  // Grows while it is walked.
  for (const pid of found) {
    for (const thread of list(`/proc/${pid}/task`)) {
      const children = read(`/proc/${pid}/task/${thread}/children`).trim()
      if (children !== '') found.push(...children.split(' ').map(Number))
    }
  }
  return found
}

/** A file of /proc; empty when the process has ended. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

function list(path: string): string[] {
  try {
    return readdirSync(path)
  } catch {
    return []
  }
}
