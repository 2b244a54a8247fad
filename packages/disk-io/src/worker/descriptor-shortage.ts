// What the workers do for each other when the process has no descriptor left: the one that needs one may hold none itself,
// while the others keep files open that nobody uses.

import { BroadcastChannel } from 'node:worker_threads'

import { errnoOf } from './failure.ts'

const OUT_OF_DESCRIPTORS = new Set(['EMFILE', 'ENFILE'])
const WAIT_MS = 20
/** A worker closes its files between two jobs: one second is enough for nearly all of them. */
const TRIES = 50

/** The other workers of one disk side, as one of them sees them. */
export class DescriptorShortage {
  readonly #others: BroadcastChannel
  readonly #asleep = new Int32Array(new SharedArrayBuffer(4))

  /**
   * @param name the same for all workers of one disk side, and for no other
   * @param closeAll called between two jobs when another worker needs descriptors
   */
  constructor(name: string, closeAll: () => void) {
    this.#others = new BroadcastChannel(name)
    this.#others.addEventListener('message', closeAll)
    // It does not keep its worker alive.
    this.#others.unref()
  }

  /** Repeats an `attempt` to open a file while the others close theirs; throws what the last one threw. */
  retry<T>(attempt: () => T): T {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel between threads has no origin
    this.#others.postMessage('close')
    for (let tries = 1; ; tries++) {
      try {
        return attempt()
      } catch (error) {
        if (tries === TRIES || !isShortage(error)) throw error
        Atomics.wait(this.#asleep, 0, 0, WAIT_MS)
      }
    }
  }
}

/** Whether the system has refused because too many files are open. */
export function isShortage(error: unknown): boolean {
  return OUT_OF_DESCRIPTORS.has(errnoOf(error) ?? '')
}
