// A terminal's screen as a picture: characters, colours, bold, dim and reversed, every cell in its place.

import type { IBufferCell, Terminal } from '@xterm/headless'

const CELL_WIDTH = 8
const CELL_HEIGHT = 17
const BACKGROUND = '#101418'
const FOREGROUND = '#d7dce0'
const BASIC = ['#202428', '#e06c60', '#8fc97a', '#d9b35b', '#5fa8e8', '#b58be0', '#5cc0c0', '#d7dce0']
const BRIGHT = ['#6c757d', '#ff8a7d', '#a9e394', '#f2cf7a', '#86c4ff', '#d0abf7', '#7fe0e0', '#ffffff']
/** Steps of the 6 x 6 x 6 cube of the 256 colours. */
const CUBE = [0, 95, 135, 175, 215, 255]

/** The SVG of what a terminal shows. */
export function screenSvg(terminal: Terminal): string {
  const { cols, rows } = terminal
  const parts: string[] = []
  for (let y = 0; y < rows; y++) parts.push(...lineSvg(terminal, y))
  const [width, height] = [cols * CELL_WIDTH + 16, rows * CELL_HEIGHT + 16]
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="13">`,
    `<rect width="${width}" height="${height}" rx="6" fill="${BACKGROUND}"/>`,
    '<g transform="translate(8 8)">',
    ...parts.filter(Boolean),
    '</g></svg>\n',
  ].join('\n')
}

/** Cells beside each other that look the same. */
interface Run {
  readonly x: number
  readonly look: string
  readonly background: string
  text: string
  width: number
}

function lineSvg(terminal: Terminal, y: number): string[] {
  const line = terminal.buffer.active.getLine(y)
  const runs: Run[] = []
  for (let x = 0; x < terminal.cols; x++) {
    const cell = line?.getCell(x)
    if (cell === undefined || cell.getWidth() === 0) continue
    const [foreground, background] = colorsOf(cell)
    const weight = cell.isBold() === 0 ? '' : ' font-weight="bold"'
    const look = `fill="${foreground}"${weight}${cell.isDim() === 0 ? '' : ' opacity="0.6"'}`
    const last = runs.at(-1)
    const text = cell.getChars() || ' '
    // A font may have other than ASCII in other widths: each such character has its own place.
    const isJoined = last?.look === look && last.background === background && /^[\x20-\x7e]+$/.test(last.text + text)
    if (!isJoined) runs.push({ x, look, background, text, width: cell.getWidth() })
    else {
      last.text += text
      last.width += cell.getWidth()
    }
  }
  return runs.map((run) => runSvg(run, y))
}

function runSvg({ x, look, background, text, width }: Run, y: number): string {
  const [left, top] = [x * CELL_WIDTH, y * CELL_HEIGHT]
  const columns = width * CELL_WIDTH
  const rect =
    background === BACKGROUND
      ? ''
      : `<rect x="${left}" y="${top}" width="${columns}" height="${CELL_HEIGHT}" fill="${background}"/>`
  if (text.trim() === '') return rect
  const fit = `textLength="${columns}" lengthAdjust="spacingAndGlyphs" xml:space="preserve"`
  return `${rect}<text x="${left}" y="${top + 13}" ${fit} ${look}>${escapeXml(text)}</text>`
}

function colorsOf(cell: IBufferCell): readonly [foreground: string, background: string] {
  const foreground = cell.isFgDefault() ? FOREGROUND : paletteColor(cell.getFgColor())
  const background = cell.isBgDefault() ? BACKGROUND : paletteColor(cell.getBgColor())
  return cell.isInverse() === 0 ? [foreground, background] : [background, foreground]
}

function paletteColor(index: number): string {
  const named = [...BASIC, ...BRIGHT][index]
  if (named !== undefined) return named
  if (index >= 232) return hex((index - 232) * 10 + 8, (index - 232) * 10 + 8, (index - 232) * 10 + 8)
  const cube = index - 16
  return hex(CUBE[Math.floor(cube / 36)] ?? 0, CUBE[Math.floor(cube / 6) % 6] ?? 0, CUBE[cube % 6] ?? 0)
}

function hex(...channels: readonly number[]): string {
  return `#${channels.map((channel) => channel.toString(16).padStart(2, '0')).join('')}`
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
