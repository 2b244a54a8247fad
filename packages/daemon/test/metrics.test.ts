// The page of metrics: its format whatever strangers call their torrents, its bounds, and what it says of a real transfer.

import type { TorrentSummary } from '@ccbt/core'
import fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'

import { Counter, Histogram } from '../src/metrics/instruments.ts'
import { Metrics, parsePerTorrent } from '../src/metrics/index.ts'
import type { PerTorrent } from '../src/metrics/index.ts'
import { escapeLabelValue, MetricText } from '../src/metrics/metric-text.ts'
import { parsePage, valueOf } from './metric-pages.ts'
import { seedingTorrent, SESSION } from './metric-samples.ts'

const ANY_TEXT = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom('\\', '"', '\n', '\r', '\0', '\u001B', '{', '}', ',', '=', ' ', '\uD800', 'é') }),
)

function metricsOf(summaries: readonly TorrentSummary[], perTorrent: PerTorrent): Metrics {
  const metrics = new Metrics({ version: '1', perTorrent })
  onTestFinished(() => metrics[Symbol.dispose]())
  metrics.attach({ session: SESSION, torrents: () => summaries.map((each) => ({ summary: () => each })) })
  return metrics
}

describe('a label', () => {
  it('comes back as it was, but for what no reader takes', () => {
    fc.assert(
      fc.property(ANY_TEXT, ANY_TEXT, (first, second) => {
        const page = new MetricText().family('m', 'gauge', 'h').sample('m', { first, second }, 1).toString()
        const sample = parsePage(page).get('m')?.samples[0]
        const expected = (text: string): string =>
          text
            .slice(0, 500)
            .toWellFormed()
            .replaceAll(/(?!\n)\p{Cc}/gu, '\uFFFD')
        expect(sample?.labels).toEqual({ first: expected(first), second: expected(second) })
      }),
    )
  })

  it('is cut', () => {
    expect(escapeLabelValue('x'.repeat(10_000))).toHaveLength(500)
  })
})

describe('an instrument', () => {
  it('has no more labels than it may, and loses no count', () => {
    const counter = new Counter({ name: 'c_total', help: 'h' })
    for (let i = 0; i < 1000; i++) counter.add({ errno: `E${i}` })
    const out = new MetricText()
    counter.write(out)
    const samples = parsePage(out.toString()).get('c_total')?.samples ?? []
    expect(samples.length).toBeLessThanOrEqual(101)
    expect(samples.reduce((sum, { value }) => sum + value, 0)).toBe(1000)
    expect(counter.total).toBe(1000)
  })

  it('has as many values at most each bound as there are', () => {
    const bounds = [0.1, 1, 10]
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 20, noNaN: true })), (values) => {
        const histogram = new Histogram({ name: 'h', help: 'h', known: [{}] }, bounds)
        for (const value of values) histogram.observe(value)
        const out = new MetricText()
        histogram.write(out)
        const families = parsePage(out.toString())
        for (const bound of [...bounds, Infinity]) {
          const le = bound === Infinity ? '+Inf' : String(bound)
          expect(valueOf(families, 'h_bucket', { le })).toBe(values.filter((value) => value <= bound).length)
        }
        expect(valueOf(families, 'h_count')).toBe(values.length)
      }),
    )
  })
})

describe('the page', () => {
  it('says what the session says', async () => {
    const summaries = [seedingTorrent(1), seedingTorrent(2, { phase: 'failed' })]
    const families = parsePage(await metricsOf(summaries, { kind: 'off' }).render())
    expect(valueOf(families, 'ccbt_torrents', { state: 'seeding' })).toBe(1)
    expect(valueOf(families, 'ccbt_torrents', { state: 'failed' })).toBe(1)
    expect(valueOf(families, 'ccbt_torrents', { state: 'paused' })).toBe(0)
    expect(valueOf(families, 'ccbt_downloaded_bytes_total', { kind: 'protocol' })).toBe(3)
    expect(valueOf(families, 'ccbt_wasted_bytes_total', { reason: 'duplicate' })).toBe(6)
    expect(valueOf(families, 'ccbt_peers', { direction: 'in', transport: 'utp', encrypted: 'true' })).toBe(9)
    expect(valueOf(families, 'ccbt_peers_by_quality', { quality: 'poor' })).toBe(3)
    expect(valueOf(families, 'ccbt_upload_rate_bytes_per_second')).toBe(3)
  })

  it('has fewer than 250 series that do not grow with the torrents', async () => {
    const count = async (torrents: number): Promise<number> => {
      const summaries = Array.from({ length: torrents }, (_, index) => seedingTorrent(index))
      return (await metricsOf(summaries, { kind: 'off' }).render()).split('\n').filter((line) => /^\w/.test(line))
        .length
    }
    const few = await count(1)
    expect(few).toBeLessThan(250)
    expect(await count(1000)).toBe(few)
  })

  it('names torrents once, whatever they are called', async () => {
    const name = 'a"} 1\nccbt_up 1\\ \u001B[31m\0'
    const families = parsePage(await metricsOf([seedingTorrent(1, { name })], { kind: 'all' }).render())
    const info = families.get('ccbt_torrent_info')?.samples ?? []
    expect(info.map(({ labels }) => labels['name'])).toEqual(['a"} 1\nccbt_up 1\\ \uFFFD[31m\uFFFD'])
    expect(families.get('ccbt_torrent_uploaded_bytes_total')?.samples).toEqual([
      { name: 'ccbt_torrent_uploaded_bytes_total', labels: { infohash: info[0]?.labels['infohash'] }, value: 500 },
    ])
  })

  it('has series of the busiest torrents only', async () => {
    const summaries = Array.from({ length: 20 }, (_, index) => seedingTorrent(index))
    const families = parsePage(await metricsOf(summaries, { kind: 'top', count: 3 }).render())
    expect(families.get('ccbt_torrent_peers')?.samples.map(({ labels }) => labels['infohash']?.slice(-2))).toEqual([
      '13',
      '12',
      '11',
    ])
  })

  it('gives way while it is made', async () => {
    const slow = (): TorrentSummary => {
      const end = performance.now() + 0.5
      while (performance.now() < end);
      return seedingTorrent(1)
    }
    const metrics = new Metrics({ version: '1', perTorrent: { kind: 'off' } })
    onTestFinished(() => metrics[Symbol.dispose]())
    metrics.attach({ session: SESSION, torrents: () => Array.from({ length: 200 }, () => ({ summary: slow })) })
    let turns = 0
    const count = (): NodeJS.Immediate => {
      turns++
      return (next = setImmediate(count))
    }
    let next = setImmediate(count)
    await metrics.render()
    clearImmediate(next)
    // 100 ms of work in slices of 2 ms.
    expect(turns).toBeGreaterThan(10)
  })

  it('is made once for those who ask at the same time', async () => {
    let made = 0
    const metrics = metricsOf([], { kind: 'off' })
    metrics.collect(() => made++)
    await Promise.all([metrics.render(), metrics.render(), metrics.render()])
    expect(made).toBe(1)
    await metrics.render()
    expect(made).toBe(2)
  })
})

describe('which torrents have series', () => {
  it.each([
    ['off', { kind: 'off' }],
    ['all', { kind: 'all' }],
    ['top:50', { kind: 'top', count: 50 }],
    ['top:0', undefined],
    ['top:', undefined],
    ['top:9999999', undefined],
    ['All', undefined],
  ])('%s', (text, expected) => {
    expect(parsePerTorrent(text)).toEqual(expected)
  })
})
