// The hashes of the pieces of a v2 or hybrid torrent, fetched from peers when only its info dictionary is known (BEP 52).
// Every answer is proven against the root of its file, so any peer may answer anything. Pure: who is asked for what and
// what became of it; time comes in.
//
// Bounds: WINDOW requests at each peer, and trees only of files that are being asked for.

import { createHashTree, isSameRange } from '@ccbt/metainfo'
import type { HashTree, Metainfo } from '@ccbt/metainfo'
import { bytesEqual, toHex } from '@ccbt/primitives'
import type { HashRange } from '@ccbt/primitives'

/** Requests at one peer: each is answered by up to 17 KiB. */
const WINDOW = 8
/** How long an answer is waited for, and how long a peer that gave none is left alone. */
const PATIENCE_MS = 4000
const IDLE_MS = 10_000

/** One request. */
interface Job {
  readonly tree: HashTree
  readonly range: HashRange
}

/** A peer that may know. */
interface Helper {
  readonly asked: Set<Job>
  askedAtMs: number
  idleUntilMs: number
}

/** Ask `peer` for this part of a tree. */
export interface LayerRequest<P> {
  readonly peer: P
  readonly range: HashRange
}

/** Whether a torrent of which this is known lacks hashes that only peers can tell. */
export function lacksLayers({ files, pieceLayers, pieceLength }: Metainfo): boolean {
  return files.some(
    ({ length, piecesRoot }) => piecesRoot !== undefined && length > pieceLength && !pieceLayers.has(toHex(piecesRoot)),
  )
}

/** Puts the piece layers of one torrent together; `P` is whatever the owner tells peers apart by. */
export class LayerFetch<P extends object> {
  /** By hexadecimal root. */
  readonly layers: Map<string, Uint8Array> = new Map()
  readonly #helpers = new Map<P, Helper>()
  readonly #jobs: Iterator<Job, undefined>
  /** Asked for before, in vain. */
  readonly #again: Job[] = []
  #open = 0
  #isDrained = false

  constructor(metainfo: Metainfo) {
    this.#jobs = jobsOf(metainfo)
  }

  /** Whether everything is there. */
  get isComplete(): boolean {
    return this.#isDrained && this.#open === 0
  }

  get helpers(): number {
    return this.#helpers.size
  }

  joined(peer: P): void {
    this.#helpers.set(peer, { asked: new Set(), askedAtMs: 0, idleUntilMs: 0 })
  }

  left(peer: P): void {
    const helper = this.#helpers.get(peer)
    if (helper === undefined) return
    this.#helpers.delete(peer)
    this.#again.push(...helper.asked)
  }

  /** `range` and `hashes` are views. */
  received(peer: P, range: HashRange, hashes: Uint8Array): 'taken' | 'unrequested' | 'invalid' {
    const helper = this.#helpers.get(peer)
    const job = helper === undefined ? undefined : jobLike(helper, range)
    if (helper === undefined || job === undefined) return 'unrequested'
    helper.asked.delete(job)
    if (job.tree.add(range, hashes) === 'invalid') {
      this.#again.push(job)
      return 'invalid'
    }
    helper.idleUntilMs = 0
    this.#open--
    const { pieceLayer } = job.tree
    if (pieceLayer !== undefined) this.layers.set(toHex(job.range.piecesRoot), pieceLayer)
    return 'taken'
  }

  rejected(peer: P, range: HashRange, nowMs: number): 'taken' | 'unrequested' {
    const helper = this.#helpers.get(peer)
    const job = helper === undefined ? undefined : jobLike(helper, range)
    if (helper === undefined || job === undefined) return 'unrequested'
    this.#giveUp(helper, nowMs)
    return 'taken'
  }

  /** Whom to ask for what now; to be called when something has happened, and twice a second. They count as sent. */
  requests(nowMs: number): LayerRequest<P>[] {
    const requests: LayerRequest<P>[] = []
    for (const [peer, helper] of this.#helpers) {
      if (helper.asked.size > 0 && nowMs - helper.askedAtMs > PATIENCE_MS) this.#giveUp(helper, nowMs)
      if (helper.idleUntilMs > nowMs) continue
      for (let job = this.#next(helper); job !== undefined; job = this.#next(helper)) {
        helper.asked.add(job)
        helper.askedAtMs = nowMs
        requests.push({ peer, range: job.range })
      }
    }
    return requests
  }

  #next({ asked }: Helper): Job | undefined {
    if (asked.size >= WINDOW) return undefined
    const again = this.#again.pop()
    if (again !== undefined || this.#isDrained) return again
    const next = this.#jobs.next()
    this.#isDrained = next.done === true
    if (next.value !== undefined) this.#open++
    return next.value
  }

  #giveUp(helper: Helper, nowMs: number): void {
    this.#again.push(...helper.asked)
    helper.asked.clear()
    helper.idleUntilMs = nowMs + IDLE_MS
  }
}

/** All requests, those of a file when its turn comes. */
function* jobsOf({ files, pieceLength }: Metainfo): Generator<Job, undefined> {
  const seen = new Set<string>()
  for (const { length, piecesRoot } of files) {
    if (piecesRoot === undefined || length <= pieceLength || seen.has(toHex(piecesRoot))) continue
    seen.add(toHex(piecesRoot))
    const tree = createHashTree({ piecesRoot, length, pieceLength })
    for (const range of Array.from(tree.missing())) yield { tree, range }
  }
  return undefined
}

function jobLike({ asked }: Helper, range: HashRange): Job | undefined {
  for (const job of asked) {
    if (isSameRange(job.range, range) && bytesEqual(job.range.piecesRoot, range.piecesRoot)) return job
  }
  return undefined
}
