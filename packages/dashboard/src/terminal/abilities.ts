// What the environment says about a terminal.

import type { ColorDepth } from '../screen/theme.ts'
import type { Charset } from '../text/cell-text.ts'

/** Environment variables. */
export type Environment = Readonly<Record<string, string | undefined>>

/** The locale that decides about characters. */
export function localeOf(env: Environment): string {
  return env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || ''
}

/** The locale that decides about words. */
export function messageLocaleOf(env: Environment): string {
  return env['LC_ALL'] || env['LC_MESSAGES'] || env['LANG'] || ''
}

/** Everything but ASCII needs a locale that says UTF-8. */
export function charsetOf(env: Environment): Charset {
  return /utf-?8/i.test(localeOf(env)) ? 'unicode' : 'ascii'
}

/** `colors` as terminfo has it; https://no-color.org counts more. */
export function colorDepthOf(env: Environment, colors: number): ColorDepth {
  if ((env['NO_COLOR'] ?? '') !== '') return 0
  if (colors >= 256 || /256|truecolor|24bit/.test(`${env['TERM'] ?? ''} ${env['COLORTERM'] ?? ''}`)) return 256
  return colors >= 8 ? 16 : 0
}

/** Why there can be no full-screen program here; undefined when there can be one. */
export function whyNoScreen(
  env: Environment,
  streams: { readonly input: { isTTY?: boolean }; readonly output: { isTTY?: boolean } },
): string | undefined {
  if (streams.input.isTTY !== true || streams.output.isTTY !== true) {
    return 'the dashboard needs a terminal for input and output'
  }
  const term = env['TERM'] ?? ''
  return term === '' || term === 'dumb'
    ? `the dashboard needs a terminal that can move its cursor, and TERM is '${term}'`
    : undefined
}
