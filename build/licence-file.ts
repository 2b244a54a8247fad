// Writes the licences of all npm packages whose code is in the bundle beside it, as those licences demand.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Plugin } from 'rolldown'

const FILE_NAME = 'THIRD-PARTY-LICENSES.txt'
/** The innermost package folder in the path of a module. */
const PACKAGE_FOLDER = /^.*[/\\]node_modules[/\\](?:@[^/\\]+[/\\])?[^/\\]+(?=[/\\])/

interface Manifest {
  readonly name: string
  readonly version: string
  readonly license?: string
  readonly author?: string | { readonly name: string }
}

/** Adds `fileName` to the output if there is any such code. The build fails when a package comes without a licence. */
export function licenceFile(fileName: string = FILE_NAME): Plugin {
  return {
    name: 'licence-file',
    generateBundle(_, bundle) {
      const modules = Object.values(bundle).flatMap((file) => (file.type === 'chunk' ? file.moduleIds : []))
      const folders = new Set(modules.flatMap((id) => PACKAGE_FOLDER.exec(id)?.[0] ?? []))
      const source = Array.from(folders, licenceText)
        .sort()
        .join(`\n${'-'.repeat(80)}\n\n`)
      if (folders.size > 0) this.emitFile({ type: 'asset', fileName, source })
    },
  }
}

/** One package's name, version and licence, with the licence's text or, where the package has none, its author. */
function licenceText(folder: string): string {
  const { name, version, license, author } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
  if (license === undefined) throw new Error(`${name} ${version} names no licence`)
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry))
  const holder = typeof author === 'object' ? author.name : (author ?? `the authors of ${name}`)
  const text = file === undefined ? `Copyright (c) ${holder}` : readFileSync(join(folder, file), 'utf8').trimEnd()
  return `${name} ${version} (${license})\n\n${text}\n`
}
