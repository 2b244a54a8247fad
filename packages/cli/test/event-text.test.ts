import { describe, expect, it } from 'vitest'
import { eventText, progressFields, progressOf, verboseText } from '../src/output/event-text.ts'
import { snapshot } from './fixtures.ts'

const infoHash = 'ab'

describe('eventText', () => {
  it.each([
    [{ type: 'added', infoHash, name: 'demo' }, 'demo: 1.00 kB into /tmp/x'],
    [{ type: 'checked', infoHash, piecesDone: 3, pieces: 10 }, '3 of 10 pieces are already there'],
    [{ type: 'checked', infoHash, piecesDone: 0, pieces: 10 }, undefined],
    [
      { type: 'complete', infoHash, downloaded: 5_000_000, elapsedMs: 2_000 },
      'demo is complete and verified: 5.00 MB in 2.0 s (2.50 MB/s)',
    ],
    [{ type: 'complete', infoHash, downloaded: 0, elapsedMs: 5 }, 'demo is complete and verified'],
    [{ type: 'piece-corrupt', infoHash, piece: 7 }, 'piece 7 came damaged and is fetched again'],
    [
      { type: 'web-seed-banned', infoHash, url: 'http://x/', reason: 'sent bad data in piece 7' },
      'web seed http://x/ is banned: sent bad data in piece 7',
    ],
    [
      { type: 'peer-refused', infoHash, address: '192.0.2.1:5', reason: 'blocked by the IP filter' },
      'peer 192.0.2.1:5 is left out: blocked by the IP filter',
    ],
    [{ type: 'web-seed-failed', infoHash, url: 'http://x/', error: 'web seed x: no' }, 'web seed x: no'],
    [{ type: 'finished', infoHash }, undefined],
    [{ type: 'peer-disconnected', infoHash, address: '1.2.3.4:5' }, undefined],
  ] as const)('%o', (event, text) => {
    expect(eventText(event, snapshot())).toBe(text)
  })

  it('tells of IP filters before there is a torrent', () => {
    const loaded = { type: 'ip-filter-loaded', path: '/f', ranges: 2, skippedLines: 0, problems: [] } as const
    expect(eventText(loaded, undefined)).toBe('IP filter /f: 2 ranges')
    expect(eventText({ ...loaded, skippedLines: 3, problems: ['line 7: \u001b[2J'] }, snapshot())).toBe(
      'IP filter /f: 2 ranges; 3 lines made no sense, such as line 7: \\x1b[2J',
    )
    const failed = { type: 'ip-filter-failed', path: '/f', reason: 'IP filter /f: gone' } as const
    expect(eventText(failed, undefined)).toBe('IP filter /f: gone')
  })

  it('escapes what strangers wrote', () => {
    const failed = {
      type: 'tracker-failed',
      infoHash,
      url: 'http://x/',
      error: 'tracker x refused: \u001b[2J',
    } as const
    expect(eventText(failed, snapshot())).toBe('tracker x refused: \\x1b[2J')
    const added = { type: 'added', infoHash, name: '' } as const
    expect(eventText(added, snapshot({ name: 'a\nb\u202ec' }))).toBe('a\\x0ab\\u{202e}c: 1.00 kB into /tmp/x')
  })

  it('says how much of the torrent is wanted', () => {
    const torrent = snapshot({ totalLength: 5000 })
    expect(eventText({ type: 'added', infoHash, name: 'demo' }, torrent)).toBe('demo: 1.00 kB of 5.00 kB into /tmp/x')
  })
})

describe('verboseText', () => {
  it.each([
    [{ type: 'piece-corrupt', infoHash, piece: 7 }, 'piece 7 came damaged and is fetched again'],
    [{ type: 'finished', infoHash }, 'finished'],
    [{ type: 'tracker-working', infoHash, url: 'http://x/', peers: 3 }, 'tracker-working: url http://x/, peers 3'],
    [
      { type: 'peer-disconnected', infoHash, address: '1.2.3.4:5', reason: 'it is \u001b[2J' },
      'peer-disconnected: address 1.2.3.4:5, reason it is \\x1b[2J',
    ],
    [{ type: 'source-failed', source: 'dht', reason: 'no port' }, 'source-failed: source dht, reason no port'],
  ] as const)('%o', (event, text) => {
    expect(verboseText(event, snapshot())).toBe(text)
  })

  it('tells of the session before there is a torrent', () => {
    expect(verboseText({ type: 'listening', port: 6881 }, undefined)).toBe('listening: port 6881')
  })

  it('is bounded', () => {
    const event = { type: 'peer-disconnected', infoHash, address: '1.2.3.4:5', reason: 'x'.repeat(100_000) } as const
    expect(verboseText(event, snapshot()).length).toBe(1000 + '…'.length)
  })
})

describe('progress', () => {
  const arrows = { down: 'down', up: 'up' }

  it('counts wanted bytes while downloading and pieces while checking', () => {
    expect(progressOf(snapshot())).toEqual({ done: 500, total: 1000 })
    expect(progressOf(snapshot({ phase: 'checking', checked: 4 }))).toEqual({ done: 4, total: 10 })
  })

  it('names what matters in each phase', () => {
    const trimmed = (torrent: ReturnType<typeof snapshot>): string[] =>
      progressFields(torrent, arrows).map((field) => field.trim())
    expect(trimmed(snapshot())).toEqual(['down 100 B/s', '0:05 left', '2 peers', 'up 0 B/s', '5/10'])
    expect(trimmed(snapshot({ phase: 'checking' }))).toEqual(['checking'])
    expect(trimmed(snapshot({ phase: 'seeding', uploaded: 2000 }))).toEqual(['up 0 B/s', '2 peers', 'sent 2.00 kB'])
  })
})
