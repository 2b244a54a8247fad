// The hash suites. Which one is used is agreed on, never found out: a machine that quietly took the other one would match
// nobody's chunks.

import { createHmac } from 'node:crypto'

import { createHashSuite } from '@ccbt/chunker'
import type { HashSuite } from '@ccbt/chunker'

import { loadBlake3 } from './blake3.ts'
import type { Blake3Engine } from './blake3.ts'

/** `blake3` is Xet's own; `sha256` has the same rules with HMAC-SHA-256, for those who must not use anything else. */
export type SuiteName = 'blake3' | 'sha256'

/** Numbers of the suites in messages and records. */
export const SUITE_IDS: Readonly<Record<SuiteName, number>> = { blake3: 1, sha256: 2 }

/**
 * Loads a suite. `engine` says what must compute BLAKE3; without it the fastest that is there.
 * @example const suite = await loadHashSuite('blake3')
 */
export async function loadHashSuite(name: SuiteName, engine?: Blake3Engine): Promise<HashSuite> {
  if (name === 'blake3') {
    const { keyedHash } = await loadBlake3(engine)
    return createHashSuite({ id: SUITE_IDS.blake3, name: 'XET-BLAKE3-GEARHASH-LZ4', keyedHash })
  }
  return createHashSuite({
    id: SUITE_IDS.sha256,
    name: 'CCBT-SHA256-GEARHASH',
    keyedHash: (key) => (data) => createHmac('sha256', key).update(data).digest(),
  })
}
