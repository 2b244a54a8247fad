// A folder of 2 GiB that one process publishes and another follows, over a relay that counts. Then 1 % of it changes, in a
// third of its files: bytes are overwritten in one half of these and put in in the other.

import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs'
import { open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CliProcess, runCli } from '../../test/e2e/cli-process.ts'
import { waitFor } from '../../test/interop/drivers/child.ts'
import { noise } from '../../packages/core/test/xet-edits.ts'
import { median } from '../macro/results.ts'
import { LOCAL } from './ccbt.ts'
import { startRelay } from './relay.ts'
import { requireSame } from './tool.ts'

const MIB = 1_048_576
const FILES = 64
const FILE_BYTES = 32 * MIB
const TOTAL_BYTES = FILES * FILE_BYTES
/** One percent, in every third file. */
const CHANGED_FILES = 21
const CHANGE_BYTES = Math.round(TOTAL_BYTES / 100 / CHANGED_FILES)
const INDEX_MS = 120_000

interface Figures {
  /** From the last change until the new version is announced: it is noticed, at rest, and hashed. */
  readonly publishS: number
  /** From then on until the follower has switched to it. */
  readonly followS: number
  readonly bytes: number
}

/** Gives the figures as Markdown. */
export async function benchFolder(root: string, rounds: number): Promise<string> {
  const all: Figures[] = []
  for (let round = 0; round < rounds; round++) {
    const work = join(root, String(round))
    mkdirSync(work)
    const figures = await updateOnce(work)
    rmSync(work, { recursive: true })
    all.push(figures)
    process.stderr.write(`folder ${round + 1}/${rounds}: ${row(figures)}\n`)
  }
  const middle = (of: (figures: Figures) => number): number => median(all.map(of))!
  return [
    '| travels | of the folder | last change to announced, s | announced to current, s |',
    '| --: | --: | --: | --: |',
    row({
      bytes: middle(({ bytes }) => bytes),
      publishS: middle(({ publishS }) => publishS),
      followS: middle(({ followS }) => followS),
    }),
  ].join('\n')
}

function row({ bytes, publishS, followS }: Figures): string {
  const share = ((bytes / TOTAL_BYTES) * 100).toFixed(2)
  return `| ${(bytes / MIB).toFixed(1)} MiB | ${share} % | ${publishS.toFixed(2)} | ${followS.toFixed(2)} |`
}

async function updateOnce(work: string): Promise<Figures> {
  const at = { cwd: work }
  writeFolder(join(work, 'site'))
  const publish = ['publish', 'site', '--key', 'site', '--watch', '--state-dir', 'publisher']
  await using publisher = new CliProcess([...publish, ...LOCAL], at)
  const { port } = await publisher.untilEvent('listening')
  const { link } = await publisher.untilEvent('published')
  await using relay = await startRelay(Number(port))
  const place = ['-o', 'copy', '--state-dir', 'follower', '--peer', `127.0.0.1:${relay.port}`]
  await using follower = new CliProcess(['follow', String(link), ...place, ...LOCAL], at)
  await follower.untilEvent('updated')
  for (const state of ['publisher', 'follower']) await indexed(state, at)

  relay.take()
  await change(join(work, 'site'))
  const changedAt = performance.now()
  await publisher.untilEvent('published', ({ version }) => version === 2)
  const publishedAt = performance.now()
  await follower.untilEvent('updated', ({ version }) => version === 2)
  const currentAt = performance.now()
  const bytes = relay.take()
  for (let n = 0; n < FILES; n++) requireSame(join(work, 'copy', name(n)), join(work, 'site', name(n)))
  return { bytes, publishS: (publishedAt - changedAt) / 1000, followS: (currentAt - publishedAt) / 1000 }
}

/** As it is some seconds after a version has come. */
async function indexed(state: string, at: { readonly cwd: string }): Promise<void> {
  await waitFor(`the index of the ${state}`, INDEX_MS, async () => {
    const { stdout } = await runCli(['xet', 'index', '--json', '--state-dir', state], at)
    return (JSON.parse(stdout) as { files: number }).files >= FILES
  })
}

function name(n: number): string {
  return `${n}.bin`
}

function writeFolder(folder: string): void {
  mkdirSync(folder)
  for (let n = 0; n < FILES; n++) {
    const file = openSync(join(folder, name(n)), 'w')
    writeSync(file, noise(FILE_BYTES, n))
    closeSync(file)
  }
}

async function change(folder: string): Promise<void> {
  for (let n = 0; n < CHANGED_FILES; n++) {
    const path = join(folder, name(3 * n))
    const at = 5 * MIB + n * 70_001
    const rest = n % 2 === 0 ? undefined : (await readFile(path)).subarray(at)
    await using file = await open(path, 'r+')
    await file.write(noise(CHANGE_BYTES, 100 + n), 0, CHANGE_BYTES, at)
    if (rest !== undefined) await file.write(rest, 0, rest.length, at + CHANGE_BYTES)
  }
}
