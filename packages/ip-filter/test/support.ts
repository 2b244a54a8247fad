import { IpFilterParser } from '../src/index.ts'
import type { ParsedIpFilter } from '../src/index.ts'

/** Reads a whole list; `cuts` are where it is cut into parts. */
export function parse(text: string, cuts: readonly number[] = []): ParsedIpFilter {
  const parser = new IpFilterParser()
  const ends = [...cuts.map((cut) => cut % (text.length + 1)), text.length].sort((a, b) => a - b)
  let from = 0
  for (const end of ends) {
    parser.push(text.slice(from, end))
    from = end
  }
  const steps = parser.finish()
  let step = steps.next()
  while (step.done !== true) step = steps.next()
  return step.value
}
