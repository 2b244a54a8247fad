// What a page of metrics costs that has the series of 1,000 torrents each: how long a scrape takes, and how long others wait
// for a turn meanwhile.

import type { TorrentSummary } from '../../packages/core/src/index.ts'
import { Metrics } from '../../packages/daemon/src/metrics/index.ts'
import { seedingTorrent, SESSION } from '../../packages/daemon/test/metric-samples.ts'

const TORRENTS = 1000
const ROUNDS = 20

/** With figures as long as real ones: a page is as long as its digits. */
function summary(index: number): TorrentSummary {
  return seedingTorrent(index, {
    name: `A torrent with a name of middling length, number ${index}`,
    pieces: 1000,
    piecesDone: 1000,
    wantedLength: 1e9,
    wantedDone: 1e9,
    totalLength: 1e9,
    uploadBps: index * 1000,
    downloaded: 1e9,
    uploaded: index * 1e6,
  })
}

/** The longest time between two turns of the event loop while `work` goes on, in milliseconds. */
async function longestTurn(work: () => Promise<unknown>): Promise<number> {
  let [longestMs, lastMs, isDone] = [0, performance.now(), false]
  const turn = (): void => {
    const nowMs = performance.now()
    longestMs = Math.max(longestMs, nowMs - lastMs)
    lastMs = nowMs
    if (!isDone) setImmediate(turn)
  }
  setImmediate(turn)
  await work()
  isDone = true
  turn()
  return longestMs
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0
}

export async function run(): Promise<void> {
  using metrics = new Metrics({ version: '1', perTorrent: { kind: 'all' } })
  const summaries = Array.from({ length: TORRENTS }, (_, index) => summary(index))
  metrics.attach({ session: SESSION, torrents: () => summaries.map((each) => ({ summary: () => each })) })
  const [pages, turns]: [number[], number[]] = [[], []]
  let length = 0
  for (let round = 0; round < ROUNDS; round++) {
    const beganMs = performance.now()
    const turnMs = await longestTurn(async () => {
      length = (await metrics.render()).length
    })
    pages.push(performance.now() - beganMs)
    turns.push(turnMs)
  }
  const line = `${TORRENTS} torrents: ${(length / 1e6).toFixed(2)} MB in ${median(pages).toFixed(1)} ms (the first in ${pages[0]?.toFixed(1)} ms), `
  process.stdout.write(
    `${line}longest turn ${median(turns).toFixed(1)} ms, of all ${Math.max(...turns).toFixed(1)} ms\n`,
  )
}
