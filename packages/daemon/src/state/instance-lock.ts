// One daemon per state directory: an exclusive lock of the system on a file of its own, which ends with the process however
// that ends. The database itself stays open to others: `ccbt daemon token` writes to it while the daemon runs.

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

import { alreadyRunning } from '../errors.ts'

/** SQLITE_BUSY: another process, or another connection of this one, has the lock. */
const BUSY = 5

/** Locks the state directory, which is made when missing, until disposed. @throws DAEMON_ALREADY_RUNNING */
export function lockInstance(stateDir: string): Disposable {
  mkdirSync(stateDir, { recursive: true, mode: 0o700 })
  const lock = new DatabaseSync(join(stateDir, 'daemon.lock'))
  try {
    // A journal in memory: an empty transaction leaves no file behind.
    lock.exec('PRAGMA journal_mode = MEMORY; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE')
  } catch (error) {
    lock.close()
    if (error instanceof Error && 'errcode' in error && error.errcode === BUSY) throw alreadyRunning(stateDir, error)
    throw error
  }
  return { [Symbol.dispose]: () => lock.close() }
}
