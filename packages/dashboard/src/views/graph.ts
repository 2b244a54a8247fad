// Numbers as pictures of characters: graphs in braille (two samples and four levels a cell), bars in eighths, and the same
// in ASCII.

/** Bits of the dots of a braille cell from the bottom up, left and right column. */
const LEFT_DOTS = [0x40, 0x04, 0x02, 0x01]
const RIGHT_DOTS = [0x80, 0x20, 0x10, 0x08]
const BRAILLE = 0x2800
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉']
const LEVELS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█']
const ASCII_LEVELS = ['_', '.', ':', '-', '=', '+', '*', '#']

/** How a graph is drawn. */
export interface GraphLook {
  readonly width: number
  readonly height: number
  readonly isAscii: boolean
}

/** Samples that a graph of a width shows. */
export function graphSamples({ width, isAscii }: Pick<GraphLook, 'width' | 'isAscii'>): number {
  return isAscii ? width : width * 2
}

/** A filled graph, top row first; `max` is the height of the whole. Anything above zero has at least a dot. */
export function graph(samples: readonly number[], max: number, look: GraphLook): string[] {
  const { width, height, isAscii } = look
  const steps = height * (isAscii ? 1 : 4)
  const levels = samples.map((sample) => levelOf(sample, max, steps))
  return Array.from({ length: height }, (_, row) => {
    const base = (height - 1 - row) * (isAscii ? 1 : 4)
    return Array.from({ length: width }, (_, column) =>
      isAscii
        ? (levels[column] ?? 0) > base
          ? '#'
          : ' '
        : brailleCell((levels[column * 2] ?? 0) - base, (levels[column * 2 + 1] ?? 0) - base),
    ).join('')
  })
}

function levelOf(sample: number, max: number, steps: number): number {
  if (sample <= 0 || max <= 0) return 0
  return Math.max(1, Math.min(steps, Math.round((sample / max) * steps)))
}

function brailleCell(left: number, right: number): string {
  let bits = 0
  for (let i = 0; i < 4; i++) {
    if (left > i) bits |= LEFT_DOTS[i]!
    if (right > i) bits |= RIGHT_DOTS[i]!
  }
  return bits === 0 ? ' ' : String.fromCharCode(BRAILLE + bits)
}

/** One line of levels, a sample a column, as high as its own highest. */
export function sparkline(samples: readonly number[], isAscii: boolean): string {
  const max = Math.max(...samples)
  const levels = isAscii ? ASCII_LEVELS : LEVELS
  return samples
    .map((sample) => (sample <= 0 ? ' ' : (levels[Math.max(0, levelOf(sample, max, levels.length) - 1)] ?? ' ')))
    .join('')
}

/** The done part and the rest of a bar. Full only when nothing is missing. */
export function bar(share: number, width: number, isAscii: boolean): readonly [done: string, rest: string] {
  const bounded = Math.max(0, Math.min(1, share))
  if (isAscii) {
    const done = Math.floor(bounded * width)
    return ['#'.repeat(done), '-'.repeat(width - done)]
  }
  const eighths = Math.floor(bounded * width * 8)
  const part = EIGHTHS[eighths % 8] ?? ''
  const done = '█'.repeat(Math.floor(eighths / 8)) + part
  return [done, '·'.repeat(Math.max(0, width - done.length))]
}

/** How much of each of `cells` equal parts of a bit field is set, 0 to 1. Bits in wire order: the highest comes first. */
export function shares(bits: Uint8Array, count: number, cells: number): number[] {
  return Array.from({ length: Math.min(cells, count) }, (_, cell) => {
    const width = Math.min(cells, count)
    const from = Math.floor((cell * count) / width)
    const to = Math.max(from + 1, Math.floor(((cell + 1) * count) / width))
    let set = 0
    for (let i = from; i < to; i++) set += ((bits[i >> 3] ?? 0) >> (7 - (i & 7))) & 1
    return set / (to - from)
  })
}
