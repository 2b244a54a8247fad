// A swarm of whole sessions, and of scripted peers, in virtual time. Everything random comes from one seed, everything
// that happens is in the trace: the same seed gives the same trace.

import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { createSession } from '@ccbt/core'
import type {
  AddOptions,
  Session,
  SessionEvent,
  SessionOptions,
  SessionParts,
  TorrentHandle,
  TorrentSnapshot,
} from '@ccbt/core'
import { seededRandom } from '@ccbt/primitives'
import type { Random } from '@ccbt/primitives'
import { VirtualClock } from '@ccbt/testkit'

import { MemoryDisk } from './memory-disk.ts'
import type { MemoryDiskOptions } from './disk-state.ts'
import { MemoryNetwork } from './memory-network.ts'
import type { LineOptions, MemoryHost } from './memory-network.ts'
import type { Payload } from './payload.ts'

/** Sessions start so far apart, so that no two of them ever do something at the same moment. */
const STAGGER_MS = 1.37
const DIRECTORY = '/data'

/** How a session takes part. */
export interface MemberOptions {
  readonly line?: LineOptions
  /** It has everything from the start. */
  readonly isSeed?: boolean
  readonly peers?: readonly string[]
  readonly session?: Partial<SessionOptions>
  readonly parts?: Partial<SessionParts>
  readonly torrent?: Partial<AddOptions>
  readonly disk?: Partial<MemoryDiskOptions>
}

/** A session of the swarm. */
export class Member {
  readonly name: string
  readonly host: MemoryHost
  readonly disk: MemoryDisk
  readonly events: SessionEvent[] = []
  readonly payload: Payload
  /** When it had everything, milliseconds of virtual time. */
  completedAtMs: number | undefined
  session: Session | undefined
  torrent: TorrentHandle | undefined

  constructor(name: string, host: MemoryHost, parts: { readonly disk: MemoryDisk; readonly payload: Payload }) {
    this.name = name
    this.host = host
    this.disk = parts.disk
    this.payload = parts.payload
  }

  get address(): string {
    return `${this.host.ip}:6881`
  }

  snapshot(): TorrentSnapshot {
    return this.torrent!.snapshot()
  }

  /** Pieces on its disk. */
  get pieces(): ReadonlyMap<number, Uint8Array> {
    return this.disk.volume(DIRECTORY).pieces
  }

  /** Whether its disk holds exactly the payload. */
  get isRight(): boolean {
    const { bytes, metainfo, pieces } = this.payload
    for (let n = 0; n < pieces; n++) {
      const at = n * metainfo.pieceLength
      const piece = this.pieces.get(n)
      if (piece === undefined || Buffer.compare(piece, bytes.subarray(at, at + metainfo.pieceLength)) !== 0)
        return false
    }
    return true
  }
}

/** One run. */
export class Simulation implements AsyncDisposable {
  readonly clock: VirtualClock = new VirtualClock()
  readonly network: MemoryNetwork = new MemoryNetwork(this.clock)
  readonly random: Random
  readonly payload: Payload
  readonly members: Member[] = []
  readonly seed: number
  readonly #folder: string
  readonly #trace = createHash('sha1')
  readonly #settings = new Map<Member, MemberOptions>()
  #hosts = 0

  constructor(seed: number, payload: Payload) {
    this.seed = seed
    this.payload = payload
    this.random = seededRandom(seed)
    // Records are synced to disk: in memory that costs nothing.
    this.#folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'ccbt-sim-'))
  }

  /** A machine without a session. */
  host(line: LineOptions = {}): MemoryHost {
    const n = ++this.#hosts
    // Addresses of the public internet: private ones are judged more kindly.
    return this.network.host(`20.0.${n >>> 8}.${n & 255}`, line)
  }

  /** A machine with a session that is not started. */
  member(name: string, options: MemberOptions = {}): Member {
    const disk = new MemoryDisk({ clock: this.clock, ...options.disk })
    if (options.isSeed === true) disk.put(DIRECTORY, this.payload.bytes, this.payload.metainfo.pieceLength)
    const member = new Member(name, this.host(options.line), { disk, payload: this.payload })
    this.members.push(member)
    this.#settings.set(member, options)
    return member
  }

  /** Starts the session of a member, or starts it again. */
  async start(member: Member, peers: readonly string[] = []): Promise<void> {
    await this.clock.advance(STAGGER_MS)
    const { session = {}, torrent = {}, isSeed = false, parts: given = {} } = this.#settings.get(member)!
    const stateDir = join(this.#folder, member.name)
    const random = seededRandom(this.random.u32())
    const parts = { clock: this.clock, random, sockets: member.host, disk: member.disk, ...given }
    member.session = await createSession({ stateDir, port: 6881, ...session }, parts)
    member.session.subscribe((event) => this.#note(member, event))
    member.torrent = await member.session.add(this.payload.metainfo, {
      directory: DIRECTORY,
      check: isSeed ? 'skip' : 'auto',
      trackers: false,
      peers,
      ...torrent,
    })
    await this.clock.advance(0)
  }

  /** Ends the session of a member; its disk and its records stay. */
  async stop(member: Member): Promise<void> {
    const { session } = member
    member.session = undefined
    member.torrent = undefined
    if (session !== undefined) await this.clock.until(session[Symbol.asyncDispose]())
  }

  /** Lets time pass, second by second, until `isDone`, at most `limitS` seconds. Gives the seconds since the call. */
  async run(limitS: number, isDone: () => boolean, eachSecond: () => void = () => {}): Promise<number> {
    const start = this.clock.now()
    for (let second = 0; second < limitS && !isDone(); second++) {
      await this.clock.advance(1000)
      eachSecond()
    }
    return (this.clock.now() - start) / 1000
  }

  /** What a run must not leave behind; to be asked after its end. */
  leftovers(): Record<string, number> {
    const sum = (of: (member: Member) => number): number => this.members.reduce((total, m) => total + of(m), 0)
    return {
      timers: this.clock.pendingTimers,
      streams: sum((m) => m.host.openStreams),
      writeMemory: sum((m) => m.disk.state.usedBytes),
      heldBuffers: sum((m) => m.disk.state.heldBuffers),
    }
  }

  /** A digest of everything that has happened. */
  get trace(): string {
    return this.#trace.copy().digest('hex')
  }

  /** Ends all sessions. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const member of this.members) await this.stop(member)
    rmSync(this.#folder, { recursive: true, force: true })
  }

  #note(member: Member, event: SessionEvent): void {
    member.events.push(event)
    if (event.type === 'complete') member.completedAtMs ??= this.clock.now()
    const { type } = event
    const address = 'address' in event ? event.address : ''
    const reason = 'reason' in event ? event.reason : ''
    this.#trace.update(`${this.clock.now()} ${member.name} ${type} ${address} ${reason}\n`)
  }
}
