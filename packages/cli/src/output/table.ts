// Rows in columns, as wide as what is in them.

import { displayText } from '@ccbt/metainfo'

/** A column: its heading, and whether its texts end at the same place as numbers do. */
export interface Column {
  readonly heading: string
  readonly isNumber?: boolean
}

/**
 * Lines of a table with its headings; what could harm a terminal is shown escaped. The last column is as long as it is.
 * @example tableLines([{ heading: 'ID', isNumber: true }, { heading: 'NAME' }], [['1', 'debian']])
 */
export function tableLines(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  const cells = [columns.map(({ heading }) => heading), ...rows.map((row) => row.map((cell) => displayText(cell)))]
  const widths = columns.map((_, at) => Math.max(...cells.map((row) => row[at]?.length ?? 0)))
  return cells.map((row) => {
    const padded = columns.map(({ isNumber = false }, at) => {
      const text = row[at] ?? ''
      return isNumber ? text.padStart(widths[at] ?? 0) : text.padEnd(widths[at] ?? 0)
    })
    return padded.join('  ').trimEnd()
  })
}
