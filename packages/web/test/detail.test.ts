import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { WAITS, peerFlags, peerQuality, waitOf, waits } from '../src/model/bottleneck.ts'
import { treeRows } from '../src/model/file-tree.ts'
import { decodeBytes, pieceCells, supplyOf } from '../src/model/piece-map.ts'
import { RateHistory, RateRing, TORRENT_SAMPLES } from '../src/model/rate-history.ts'
import { choicesOf, findSettings, isChanged, sourceText } from '../src/model/settings.ts'
import { parseTiers, tiersText } from '../src/model/tracker-tiers.ts'
import { peer, row, setting } from './rows.ts'

describe('the piece map', () => {
  it('counts every piece once', () => {
    const bits = fc.array(fc.boolean(), { minLength: 1, maxLength: 300 })
    fc.assert(
      fc.property(bits, fc.integer({ min: 1, max: 400 }), (has, maxCells) => {
        const bytes = new Uint8Array(Math.ceil(has.length / 8))
        for (const [i, bit] of has.entries()) if (bit) bytes[i >> 3]! |= 0x80 >> (i & 7)
        const cells = pieceCells(decodeBytes(Buffer.from(bytes).toString('base64')), has.length, maxCells)
        expect(cells).toHaveLength(Math.min(has.length, maxCells))
        if (cells.length === has.length) expect([...cells]).toEqual(has.map(Number))
        const sizes = Array.from(cells, (_, i) => {
          const [from, to] = [i, i + 1].map((cell) => Math.floor((cell * has.length) / cells.length))
          return to! - from!
        })
        const total = cells.reduce((sum, share, i) => sum + share * sizes[i]!, 0)
        expect(total).toBeCloseTo(has.filter(Boolean).length, 3)
      }),
    )
  })

  it('has for each cell the supply of the rarest part in it', () => {
    const names = ['nobody', 'one', 'few', 'few', 'few', 'many', 'many']
    const parts = fc.uint8Array({ min: 0, max: 6, minLength: 1, maxLength: 50 })
    fc.assert(
      fc.property(parts, fc.integer({ min: 1, max: 100 }), (peers, cells) => {
        for (let cell = 0; cell < cells; cell++) {
          const isIn = (_: number, part: number): boolean =>
            part === Math.floor((cell * peers.length) / cells) ||
            (part * cells >= cell * peers.length && (part + 1) * cells <= (cell + 1) * peers.length)
          const rarest = Math.min(...peers.filter(isIn))
          expect(supplyOf(peers, cell, cells)).toBe(names[rarest])
        }
      }),
    )
    expect(supplyOf(new Uint8Array(0), 0, 1)).toBe('unknown')
  })

  it('takes what is missing as not there', () => {
    expect([...pieceCells(new Uint8Array(0), 3, 10)]).toEqual([0, 0, 0])
    expect([...pieceCells(new Uint8Array(0), 0, 10)]).toEqual([])
  })
})

describe('the tree of files', () => {
  const files = ['t/b/two', 't/a', 't/b/one', 'alone'].map((path, index) => ({ index, path, length: index + 1 }))

  it('has folders with what is below them', () => {
    const shown = treeRows(files, new Set()).map(({ path, depth, length, files }) => [
      path,
      depth,
      length,
      files.length,
    ])
    expect(shown).toEqual([
      ['t/', 0, 6, 3],
      ['t/b/', 1, 4, 2],
      ['t/b/two', 2, 1, 1],
      ['t/b/one', 2, 3, 1],
      ['t/a', 1, 2, 1],
      ['alone', 0, 4, 1],
    ])
  })

  it('hides what is in a closed folder but still counts it', () => {
    const shown = treeRows(files, new Set(['t/b/']))
    expect(shown.map(({ path }) => path)).toEqual(['t/', 't/b/', 't/a', 'alone'])
    expect(shown[1]?.length).toBe(4)
  })

  it('is not confused by names that objects have', () => {
    const odd = ['__proto__/constructor', 'toString/__proto__', '__proto__/x'].map((path, index) => ({
      index,
      path,
      length: 1,
    }))
    expect(treeRows(odd, new Set()).map(({ path, files }) => [path, files.length])).toEqual([
      ['__proto__/', 2],
      ['__proto__/constructor', 1],
      ['__proto__/x', 1],
      ['toString/', 1],
      ['toString/__proto__', 1],
    ])
  })
})

describe('trackers as a text', () => {
  it('come back as they were', () => {
    const trackers = ['a', 'b', 'c'].map((name, i) => ({ url: `http://${name}/`, tier: [0, 2, 0][i]! }))
    const text = tiersText(trackers)
    expect(text).toBe('http://a/\nhttp://c/\n\nhttp://b/')
    expect(parseTiers(text)).toEqual([['http://a/', 'http://c/'], ['http://b/']])
    expect(parseTiers('\n \n\n  http://x/ \n\n\n')).toEqual([['http://x/']])
    expect(parseTiers('')).toEqual([])
  })
})

describe('rates over time', () => {
  it('a ring gives back the last of what it got', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1000)), fc.integer({ min: 1, max: 20 }), fc.nat(30), (values, capacity, count) => {
        const ring = new RateRing(capacity)
        for (const value of values) ring.push(value)
        const length = Math.min(count, capacity)
        expect(ring.last(count)).toEqual(length === 0 ? [] : values.slice(-length))
        expect(ring.isFlat).toBe(values.slice(-capacity).every((value) => value === 0))
      }),
    )
  })

  it('idle torrents cost nothing, and those that stop are forgotten in time', () => {
    const history = new RateHistory()
    const total = { downloadBps: 1, uploadBps: 0 }
    const moving = new Map([1, 2, 3].map((id) => [id, row({ id, downloadBps: id === 1 ? 9 : 0 })]))
    history.sample(moving, total)
    expect([1, 2, 3].map((id) => history.of(id)?.down.last(5))).toEqual([[9], undefined, undefined])
    const idle = new Map([[1, row({ id: 1 })]])
    for (let i = 0; i < TORRENT_SAMPLES - 1; i++) history.sample(idle, total)
    expect(history.of(1)?.down.last(TORRENT_SAMPLES)).toHaveLength(TORRENT_SAMPLES)
    history.sample(idle, total)
    expect(history.of(1)).toBeUndefined()
    history.sample(moving, total)
    history.sample(new Map(), total)
    expect(history.of(1)).toBeUndefined()
  })
})

describe('where the time goes', () => {
  it.each([
    [{ downloadBps: 1, peerChoking: true }, 'flowing'],
    [{ amInterested: false }, 'nothing'],
    [{ isSnubbed: true, requests: 3 }, 'snubbed'],
    [{ requests: 3, peerChoking: false }, 'slow'],
    [{ peerChoking: true }, 'choked'],
    [{ peerChoking: false }, 'unasked'],
  ] as const)('%j waits as %s', (changes, wait) => {
    expect(waitOf(peer(changes))).toBe(wait)
  })

  it('every connection is counted once', () => {
    const some = fc.record({
      downloadBps: fc.nat(1),
      amInterested: fc.boolean(),
      isSnubbed: fc.boolean(),
      peerChoking: fc.boolean(),
      requests: fc.nat(2),
    })
    fc.assert(
      fc.property(fc.array(some), (changes) => {
        const counts = waits(changes.map(peer))
        expect([...counts.keys()]).toEqual(WAITS.map(({ key }) => key))
        expect(Array.from(counts.values()).reduce((a, b) => a + b, 0)).toBe(changes.length)
      }),
    )
  })

  it('flags and quality of a connection', () => {
    const good = peer({ peerChoking: false, requests: 8, direction: 'in', isEncrypted: true, transport: 'utp' })
    expect(
      peerFlags(good)
        .map(([flag]) => flag)
        .join(''),
    ).toBe('DIEP')
    expect(peerFlags(peer({ peerInterested: true, isSnubbed: true })).map(([flag]) => flag)).toEqual(['d', 'u', 'S'])
    expect(
      peerFlags(peer({ amInterested: false, peerChoking: false, amChoking: false })).map(([flag]) => flag),
    ).toEqual(['K', '?'])
    expect(peerQuality(good)).toBe(0.5)
    expect(peerQuality(peer({ isSnubbed: true, requests: 16 }))).toBe(0)
    expect(peerQuality(peer({ requestWindow: 0 }))).toBe(0)
  })
})

describe('the settings', () => {
  const settings = [
    setting({ key: 'network.port', description: 'port for incoming connections', value: '6881' }),
    setting({ key: 'network.tcp', description: 'connect over TCP', type: 'boolean' }),
    setting({ key: 'log.level', description: 'what is written', choices: ['info', 'error'] }),
  ]
  const found = (text: string): string[] =>
    findSettings(settings, text).flatMap(({ settings: members }) => members.map(({ key }) => key))

  it('are found by key, description and value, section by section', () => {
    expect(findSettings(settings, '').map(({ name, settings: { length } }) => [name, length])).toEqual([
      ['network', 2],
      ['log', 1],
    ])
    expect(found('CONNECT network')).toEqual(['network.port', 'network.tcp'])
    expect(found('6881')).toEqual(['network.port'])
    expect(found('no such setting')).toEqual([])
  })

  it('are picked where there is a choice', () => {
    expect(settings.map(choicesOf)).toEqual([[], ['true', 'false'], ['info', 'error']])
  })

  it('tell where they come from', () => {
    expect(sourceText(setting({}))).toBe('default')
    expect(sourceText(setting({ source: 'run-time', where: '/state/settings.toml:1:1' }))).toBe('changed at run time')
    expect(sourceText(setting({ source: 'flag', where: '--port' }))).toBe('from --port')
    expect(['run-time', 'remote', 'user', 'default'].map((source) => isChanged(setting({ source })))).toEqual([
      true,
      true,
      false,
      false,
    ])
  })
})
