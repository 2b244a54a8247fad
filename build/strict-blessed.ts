// blessed writes octal numbers and escapes, which modules forbid; the bundle is one. They become what they mean.

import type { Plugin } from 'rolldown'

const ESCAPE = /\\([0-3][0-7]{2})/g
const NUMBER = /(?<![\w\\.])0([0-3][0-7]{2})\b/g

/** Rewrites the files of blessed that are used. */
export const strictBlessed: Plugin = {
  name: 'strict-blessed',
  transform: {
    filter: { id: /[\\/]blessed[\\/]lib[\\/](?:program|tput)\.js$/ },
    handler: (code) =>
      code
        .replaceAll(NUMBER, '0o$1')
        .replaceAll(ESCAPE, (_, digits: string) => `\\x${Number.parseInt(digits, 8).toString(16).padStart(2, '0')}`),
  },
}
