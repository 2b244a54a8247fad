import { describe, expect, it } from 'vitest'
import { tableLines } from '../src/output/table.ts'

describe('a table', () => {
  it('has columns as wide as what is in them', () => {
    const columns = [{ heading: 'ID', isNumber: true }, { heading: 'STATE' }, { heading: 'NAME' }]
    const rows = [
      ['7', 'seeding', 'a'],
      ['123', 'paused', ''],
    ]
    expect(tableLines(columns, rows)).toEqual([' ID  STATE    NAME', '  7  seeding  a', '123  paused'])
  })

  it('shows what strangers wrote without obeying it', () => {
    const lines = tableLines([{ heading: 'A' }, { heading: 'B' }], [['\x1b[2J\r\n', '\u202eexe.txt']])
    expect(lines).toEqual(['A                B', String.raw`\x1b[2J\x0d\x0a  \u{202e}exe.txt`])
  })
})
