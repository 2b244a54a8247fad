// How the daemon's page is made: one script, one style sheet, one icon and an index.html that names them. Names carry a
// hash of the content, so that browsers keep them for good.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { InputOptions, OutputOptions, Plugin } from 'rolldown'
import { licenceFile } from './licence-file.ts'

const SOURCES = fileURLToPath(new URL('../packages/web/src', import.meta.url))
const STYLES = join(SOURCES, 'style')

/** Builds the page into `dir`. */
export function webPage(dir: string): InputOptions & { readonly output: OutputOptions } {
  return {
    input: { app: join(SOURCES, 'main.tsx') },
    platform: 'browser',
    resolve: { conditionNames: ['ccbt-src', 'import'] },
    plugins: [pageFiles, licenceFile()],
    onLog: (level, log, report) => report(level === 'warn' ? 'error' : level, log),
    output: {
      dir,
      cleanDir: true,
      format: 'esm',
      minify: true,
      comments: false,
      codeSplitting: false,
      entryFileNames: 'assets/[name]-[hash].js',
      assetFileNames: 'assets/[name]-[hash][extname]',
    },
  }
}

/** Adds what is not a module. Style sheets are joined in the order of their names. */
const pageFiles: Plugin = {
  name: 'page-files',
  generateBundle(_, bundle) {
    const style = readdirSync(STYLES)
      .sort()
      .map((name) => compact(readFileSync(join(STYLES, name), 'utf8')))
    const add = (name: string, source: string): string =>
      this.getFileName(this.emitFile({ type: 'asset', name, source }))
    const names: Readonly<Record<string, string>> = {
      style: add('app.css', style.join('\n')),
      icon: add('icon.svg', readFileSync(join(SOURCES, 'icon.svg'), 'utf8')),
      script: Object.values(bundle).find((file) => file.type === 'chunk' && file.isEntry)?.fileName ?? '',
    }
    const html = readFileSync(join(SOURCES, 'index.html'), 'utf8')
    const source = html.replace(/\{\{(\w+)\}\}/g, (_match, name: string) => names[name] ?? '')
    this.emitFile({ type: 'asset', fileName: 'index.html', source })
  },
}

/** Without comments, indentation and empty lines; no text of ours has them inside quotes. */
function compact(css: string): string {
  return css.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s+/gm, '')
}
