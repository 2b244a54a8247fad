// `pnpm bench:micro [name]...`: runs the modules `*.bench.ts` of this folder, all of them or those whose name contains one
// of the words. Each exports `run()`.

import { readdirSync } from 'node:fs'
import { join } from 'node:path'

interface BenchModule {
  run(): void | Promise<void>
}

const words = process.argv.slice(2).filter((argument) => argument !== '--')
const names = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.bench.ts'))
const chosen = names.filter((name) => words.length === 0 || words.some((word) => name.includes(word)))
if (chosen.length === 0) {
  process.stderr.write(`no benchmark matches ${words.join(', ')}; there are ${names.join(', ')}\n`)
  process.exit(64)
}
for (const name of chosen) {
  const module = (await import(join(import.meta.dirname, name))) as BenchModule
  process.stdout.write(`\n## ${name.replace('.bench.ts', '')}\n`)
  await module.run()
}
