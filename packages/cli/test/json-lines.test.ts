import { bug } from '@ccbt/primitives'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { JsonLines, jsonLine } from '../src/output/json-lines.ts'
import { snapshot, TestTerminal } from './fixtures.ts'

const DONE = /"(event|type|state|status)":"(done|complete|completed|finished|seeding)"/

describe('jsonLine', () => {
  it('parses back to the same value and is one line', () => {
    fc.assert(
      fc.property(fc.record({ name: fc.string({ unit: 'binary' }) }), (value) => {
        const line = jsonLine(value)
        expect(JSON.parse(line)).toEqual(value)
        expect(line).not.toMatch(/\p{Cc}|\p{Zl}|\p{Zp}|\p{Bidi_Control}/u)
      }),
    )
  })

  it('hides nothing from the reader: bidirectional and zero-width marks are escaped', () => {
    expect(jsonLine({ name: 'a\u202eb\u200bc\u009bd' })).toBe('{"name":"a\\u202eb\\u200bc\\u009bd"}')
  })
})

describe('JsonLines', () => {
  it('a progress object never looks like the end', () => {
    const phases = ['checking', 'downloading', 'seeding', 'finished', 'paused', 'failed'] as const
    for (const phase of phases) {
      const terminal = new TestTerminal()
      new JsonLines(terminal).progress(snapshot({ phase }))
      expect(terminal.lines[0]).toContain('"event":"progress"')
      expect(terminal.lines[0]).not.toMatch(DONE)
    }
  })

  it('the end carries bytes, seconds, rate and waste', () => {
    const event = { type: 'complete', infoHash: 'ab', downloaded: 500, elapsedMs: 250 } as const
    const terminal = new TestTerminal()
    new JsonLines(terminal).event(event, snapshot())
    expect(JSON.parse(terminal.lines[0] ?? 'null')).toEqual({
      event: 'complete',
      infoHash: 'ab',
      downloaded: 500,
      bytes: 1000,
      seconds: 0.25,
      downloadBps: 2000,
      uploaded: 0,
      wasted: { hashFailed: 0, duplicate: 0, unrequested: 0 },
    })
  })

  it('the end of a download is its last line; the end of seeding has one of its own', () => {
    const terminal = new TestTerminal()
    const lines = new JsonLines(terminal)
    lines.event({ type: 'finished', infoHash: 'ab' }, snapshot())
    expect(terminal.lines).toEqual([])
    lines.event({ type: 'seeding', infoHash: 'ab' }, snapshot())
    lines.event({ type: 'finished', infoHash: 'ab' }, snapshot())
    expect(terminal.lines).toEqual(['{"event":"seeding","infoHash":"ab"}', '{"event":"finished","infoHash":"ab"}'])
  })

  it('says nothing about a failure: the command does, once', () => {
    const terminal = new TestTerminal()
    new JsonLines(terminal).event({ type: 'failed', infoHash: 'ab', error: bug('x') }, snapshot())
    expect(terminal.lines).toEqual([])
  })
})
