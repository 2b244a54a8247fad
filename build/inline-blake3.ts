import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Plugin } from 'rolldown'

/** What npm `blake3-wasm` does when it is loaded: it reads its program from a file that a bundle does not have. */
const READS_FILE = /^const path = .*'blake3_js_bg\.wasm'.*\n.*readFileSync\(path\);$/m

/** Puts the WebAssembly program of npm `blake3-wasm`, 34 KB, into its code. */
export const inlineBlake3: Plugin = {
  name: 'inline-blake3',
  transform: {
    filter: { id: /blake3-wasm\/dist\/wasm\/nodejs\/blake3_js\.js$/ },
    handler(code, id) {
      if (!READS_FILE.test(code)) throw new Error(`${id} does not read its program as expected`)
      const program = readFileSync(join(id, '../blake3_js_bg.wasm')).toString('base64')
      return code.replace(READS_FILE, `const bytes = Buffer.from('${program}', 'base64');`)
    },
  },
}
