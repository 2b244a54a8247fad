// What a daemon's configuration costs with a file for each of 5,000 torrents: reading all of them, looking at them again
// when nothing, one or a hundred have changed, and what counts for each torrent.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { Settings, TorrentFolder, torrentOptions } from '@ccbt/config'

const FILES = 5000
const ROUNDS = 5

const infoHash = (at: number): string => at.toString(16).padStart(40, '0')

function write(folder: string, at: number, ratio: number): void {
  const text = `[limits]
torrent_download = "5M"
torrent_upload = "500K"

[seeding]
ratio = ${ratio}
time = "7d"

[files]
exclude = ["extras/**", "*.nfo"]
`
  writeFileSync(join(folder, `${infoHash(at)}.toml`), text)
}

async function medianMs(work: (round: number) => Promise<void> | void): Promise<number> {
  const times: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now()
    await work(round)
    times.push(performance.now() - start)
  }
  return times.toSorted((a, b) => a - b)[ROUNDS >>> 1]!
}

function print(what: string, ms: number): void {
  console.log(`  ${what.padEnd(58)} ${ms.toFixed(0).padStart(8)} ms`)
}

export async function run(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'ccbt-bench-'))
  try {
    for (let at = 0; at < FILES; at++) write(folder, at, at)
    print(
      `${FILES} files of torrents are read`,
      await medianMs(async () => void (await new TorrentFolder(folder).refresh())),
    )
    const files = new TorrentFolder(folder)
    await files.refresh()
    for (const changed of [0, 1, 100]) {
      const ms = await medianMs(async (round) => {
        // Writing is not what is measured, but takes no more than a few milliseconds.
        for (let at = 0; at < changed; at++) write(folder, at, FILES + round)
        const { infoHashes } = await files.refresh()
        if (infoHashes.length !== changed) throw new Error(`${infoHashes.length} instead of ${changed} changes`)
      })
      print(`they are looked at again, ${changed} changed`, ms)
    }
    const optionsMs = await medianMs(() => {
      for (let at = 0; at < FILES; at++) torrentOptions(new Settings(files.layers(infoHash(at)), '/'))
    })
    print('the options of each torrent', optionsMs)
  } finally {
    rmSync(folder, { recursive: true })
  }
}
