// What is compared: a program that has an old version of a file and is to have a new one.

import { spawnSync } from 'node:child_process'
import { startChild } from '../../test/interop/drivers/child.ts'
import type { ChildOptions } from '../../test/interop/drivers/child.ts'

/** The file that is edited has the same name everywhere. */
export const FILE = 'image.bin'

/** Where the versions are, and a folder for one update. */
export interface Place {
  /** Folder with the old version. */
  readonly old: string
  /** Folder with the new one. */
  readonly next: string
  /** Empty. */
  readonly work: string
}

/** What an update took. */
export interface Update {
  readonly bytes: number
  /** From the start of the process to its end. */
  readonly seconds: number
}

/** One program. */
export interface Tool {
  readonly name: string
  /** What has to be installed. */
  readonly programs: readonly string[]
  /** What is counted as bytes. */
  readonly counted: string
  update(place: Place): Promise<Update>
}

/** Runs a program to its end; gives what it printed and the seconds. @throws Error when it ends with anything but 0. */
export async function runTool(
  command: readonly string[],
  options: ChildOptions = {},
): Promise<{ readonly seconds: number; readonly output: string }> {
  const start = performance.now()
  const child = startChild(command, options)
  const end = await child.exit
  const seconds = (performance.now() - start) / 1000
  if (end !== 0) throw new Error(`${command.join(' ')} ended with ${end}: ${child.log().trim().slice(-500)}`)
  return { seconds, output: child.log() }
}

/** @throws Error unless both files have the same bytes. */
export function requireSame(a: string, b: string): void {
  if (spawnSync('cmp', ['--silent', a, b]).status !== 0) throw new Error(`${a} is not ${b}`)
}
