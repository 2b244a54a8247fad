import { stripVTControlCharacters } from 'node:util'

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ProgressLine, renderProgress } from '../src/output/progress-line.ts'
import type { Terminal } from '../src/output/terminal.ts'

const FIELDS = ['↓ 612 MB/s ', '0:12 left', '2 peers', '↑ 0 B/s    ', '587/1024']
const plain = { hasColor: false, hasUnicode: true }

describe('renderProgress', () => {
  it('fits 80 columns with every field', () => {
    const line = renderProgress({ done: 573, total: 1000, fields: FIELDS }, { columns: 80, ...plain })
    expect(line).toBe(' 57.3% ━━━━━━━━──────  ↓ 612 MB/s   0:12 left  2 peers  ↑ 0 B/s      587/1024')
  })

  it('drops the last fields when space is short', () => {
    const line = renderProgress({ done: 573, total: 1000, fields: FIELDS }, { columns: 48, ...plain })
    expect(line).toContain('0:12 left')
    expect(line).not.toContain('peers')
  })

  it('is never wider than the terminal, whatever the size', () => {
    fc.assert(
      fc.property(fc.nat(300), fc.nat(1000), fc.subarray(FIELDS), (columns, done, fields) => {
        const line = renderProgress({ done, total: 1000, fields }, { columns, ...plain })
        expect(line.length).toBeLessThanOrEqual(Math.max(0, columns - 3))
      }),
    )
  })

  it('colours do not change the width, and are absent when not wanted', () => {
    const view = { done: 1, total: 3, fields: FIELDS }
    const coloured = renderProgress(view, { columns: 80, hasColor: true, hasUnicode: true })
    const bare = renderProgress(view, { columns: 80, ...plain })
    expect(stripVTControlCharacters(coloured)).toBe(bare)
    expect(bare).not.toContain('\x1b')
  })

  it('stays in ASCII where the locale has nothing else', () => {
    const line = renderProgress({ done: 1, total: 2, fields: [] }, { columns: 80, hasColor: false, hasUnicode: false })
    expect(line).toMatch(/^ 50\.0% #+-+$/)
  })
})

class FakeTerminal implements Terminal {
  readonly isInteractive = true
  readonly hasColor = false
  readonly hasUnicode = true
  written: string[] = []
  columns(): number {
    return 80
  }
  line(text: string): void {
    this.written.push(`${text}\n`)
  }
  draw(text: string): void {
    this.written.push(text)
  }
}

describe('ProgressLine', () => {
  const view = { done: 1, total: 4, fields: ['1 peer'] }

  it('writes nothing when the line would look the same', () => {
    const terminal = new FakeTerminal()
    using line = new ProgressLine(terminal)
    line.draw(view)
    const before = terminal.written.length
    line.draw({ ...view })
    expect(terminal.written.length).toBe(before)
    line.draw({ ...view, done: 2 })
    expect(terminal.written.length).toBe(before + 1)
  })

  it('keeps a log line above and draws itself again below', () => {
    const terminal = new FakeTerminal()
    using line = new ProgressLine(terminal)
    line.draw(view)
    terminal.written = []
    line.log('hello')
    const text = terminal.written.join('')
    expect(text.startsWith('\r\x1b[K\x1b[?25hhello\n')).toBe(true)
    expect(text).toContain(' 25.0% ')
  })

  it('every hidden cursor is shown again, and no listener stays', () => {
    const terminal = new FakeTerminal()
    const listeners = process.listenerCount('exit')
    {
      using line = new ProgressLine(terminal)
      line.draw(view)
      line.log('a')
      line.clear()
      line.draw(view)
    }
    const text = terminal.written.join('')
    expect(text.split('\x1b[?25l').length).toBe(text.split('\x1b[?25h').length)
    expect(text.lastIndexOf('\x1b[?25h')).toBeGreaterThan(text.lastIndexOf('\x1b[?25l'))
    expect(process.listenerCount('exit')).toBe(listeners)
  })
})
