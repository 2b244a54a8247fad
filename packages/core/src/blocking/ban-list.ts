// Who has sent bad data, for some hours and over all torrents and runs. A ban is of an address or of a web seed of one
// torrent. Several processes may share the file: each adds its own bans to what it finds there.

import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import type { Cancel, Clock } from '@ccbt/primitives'

import { replaceStateFile } from '../state-file.ts'

const FILE_NAME = 'bans.json'
const FILE_VERSION = 1
/** Addresses change hands: what was a liar in the morning may be somebody else at night. */
const BAN_MS = 6 * 3_600_000
/** At the bound the ban that would end first makes room. */
const MAX_BANS = 10_000
/** An infohash, a space and a digest. */
const MAX_KEY_LENGTH = 81
const MAX_FILE_BYTES = 2_097_152
/** Bans often come in a row. */
const SAVE_AFTER_MS = 2000

/** What a {@link BanList} goes by. */
export interface BanListOptions {
  readonly stateDir: string
  readonly clock: Clock
  /** The time of day: bans outlive the process. */
  readonly wallClock: () => Date
}

/** The bans of a session. */
export class BanList implements AsyncDisposable {
  readonly #options: BanListOptions
  readonly #path: string
  /** When each ends, the next to end first. */
  #bans = new Map<string, number>()
  #version = 0
  #cancelSave: Cancel | undefined
  #saving: Promise<void> = Promise.resolve()

  constructor(options: BanListOptions) {
    this.#options = options
    this.#path = join(options.stateDir, FILE_NAME)
  }

  /** Another number whenever there is another ban. */
  get version(): number {
    return this.#version
  }

  /** Takes over what earlier runs and other processes have banned. It never rejects. */
  async load(): Promise<void> {
    this.#bans = await this.#merged()
  }

  has(key: string): boolean {
    const endsAtMs = this.#bans.get(key)
    return endsAtMs !== undefined && endsAtMs > this.#now()
  }

  /** Bans an address, or what {@link webSeedKey} makes; once more if it was banned before. */
  add(key: string): void {
    this.#bans.delete(key)
    this.#bans.set(key, this.#now() + BAN_MS)
    const [first] = this.#bans.keys()
    if (this.#bans.size > MAX_BANS && first !== undefined) this.#bans.delete(first)
    this.#version++
    this.#cancelSave ??= this.#options.clock.after(SAVE_AFTER_MS, () => this.#save())
  }

  /** Saves what is not saved yet. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#cancelSave !== undefined) this.#save()
    await this.#saving
  }

  #now(): number {
    return this.#options.wallClock().getTime()
  }

  #save(): void {
    this.#cancelSave?.()
    this.#cancelSave = undefined
    this.#saving = this.#saving.then(() => this.#write())
  }

  async #write(): Promise<void> {
    const bans = [...(await this.#merged())]
    try {
      await replaceStateFile(this.#path, JSON.stringify({ version: FILE_VERSION, bans }))
    } catch {
      // Torrents keep their records in the same folder, and theirs is the error to tell. The bans hold for this run.
    }
  }

  /** Our bans and those in the file that have not ended, the next to end first. */
  async #merged(): Promise<Map<string, number>> {
    const now = this.#now()
    const all = new Map<string, number>()
    for (const [key, endsAtMs] of [...(await readBans(this.#path)), ...this.#bans]) {
      // The time of day may have been set back: no ban is longer than one that begins now.
      const end = Math.min(endsAtMs, now + BAN_MS)
      if (end > now) all.set(key, Math.max(end, all.get(key) ?? 0))
    }
    return new Map([...all].sort((a, b) => a[1] - b[1]).slice(-MAX_BANS))
  }
}

/** Names a web seed of one torrent: what is wrong there may be right for another one. Tells nobody its URL. */
export function webSeedKey(infoHash: string, url: string): string {
  return `${infoHash} ${createHash('sha1').update(url).digest('hex')}`
}

/** The bans in a file; none when it is missing, damaged or of another version: then liars are found again. */
async function readBans(path: string): Promise<[key: string, endsAtMs: number][]> {
  try {
    const text = await readFile(path, 'utf8')
    if (text.length > MAX_FILE_BYTES) return []
    const content: unknown = JSON.parse(text)
    return isBanFile(content) ? content.bans.filter(isBan) : []
  } catch {
    return []
  }
}

function isBanFile(value: unknown): value is { readonly bans: readonly unknown[] } {
  if (typeof value !== 'object' || value === null || !('version' in value) || !('bans' in value)) return false
  return value.version === FILE_VERSION && Array.isArray(value.bans)
}

function isBan(value: unknown): value is [key: string, endsAtMs: number] {
  if (!Array.isArray(value) || value.length !== 2) return false
  const [key, endsAtMs]: unknown[] = value
  return typeof key === 'string' && key.length <= MAX_KEY_LENGTH && Number.isFinite(endsAtMs)
}
