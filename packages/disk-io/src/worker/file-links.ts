// Symbolic links of a torrent (BEP 47): the last thing that is made of it, and never in the place of anything else. Nothing
// is ever read or written through them.

import { lstatSync, readlinkSync, symlinkSync, unlinkSync } from 'node:fs'

import type { FileLink } from '../jobs.ts'
import { errnoOf } from './failure.ts'
import { guarded } from './file-cache.ts'
import { enterBelow, enterMade } from './open-below.ts'

/** What file systems and accounts without symbolic links say. The data are complete all the same. */
const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'])

/** Makes the link, and the folders above it, unless something else has its name. */
export function makeLink({ file, text }: FileLink): void {
  guarded('write', file, () =>
    enterMade(file.root ?? '/', file.relative, (name) => {
      if (lstatSync(name, { throwIfNoEntry: false }) !== undefined) return
      try {
        symlinkSync(text, name)
      } catch (error) {
        if (!NO_LINKS.has(errnoOf(error) ?? '')) throw error
      }
    }),
  )
}

/** Takes the link away if it says what it should. */
export function removeLink({ file, text }: FileLink): void {
  guarded('write', file, () => {
    try {
      enterBelow(file.root ?? '/', file.relative, (name) => {
        if (lstatSync(name).isSymbolicLink() && readlinkSync(name) === text) unlinkSync(name)
      })
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw error
    }
  })
}
