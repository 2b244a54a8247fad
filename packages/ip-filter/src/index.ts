import './errors.ts'

export { IpFilter } from './ip-filter.ts'
export { IpFilterParser } from './parser.ts'
export type { LineProblem, ParsedIpFilter } from './parser.ts'
