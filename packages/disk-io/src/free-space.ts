// How much room there is, before something large is begun.

import { statfs } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'

import { errnoOf, readFailed } from './errors.ts'

/**
 * Bytes that an ordinary user may still write below `path`; a path that does not exist counts as its nearest folder.
 * @example if ((await freeBytes('/data')) < needed) throw …
 */
export async function freeBytes(path: string): Promise<number> {
  let at = resolve(path)
  for (;;) {
    try {
      const { bavail, bsize } = await statfs(at)
      return bavail * bsize
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT' || dirname(at) === at) throw readFailed(at, error)
      at = dirname(at)
    }
  }
}
