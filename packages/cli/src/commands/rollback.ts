// `ccbt rollback`: puts an older version of a followed folder back in its place.

import type { OutputFlags } from '../output/reporter.ts'
import { EXIT_CODES } from '../exit-codes.ts'
import { FollowedFolder } from '../publishing/followed-folder.ts'
import { createTell } from '../publishing/report.ts'

/** The parsed flags of `ccbt rollback`. */
export interface RollbackFlags extends OutputFlags {
  readonly to?: number
}

/** Switches at once; returns the exit status. */
export async function runRollback(path: string, flags: RollbackFlags): Promise<number> {
  const folder = await FollowedFolder.at(path)
  const { version } = await folder.rollBack(flags.to)
  createTell(flags)({ event: 'rolled-back', version, path: folder.path }, `${folder.path} is version ${version} again`)
  return EXIT_CODES.ok.code
}
