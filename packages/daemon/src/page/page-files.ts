// The files of the web page: made by a build, few and small, and kept in memory from the first request on.

import { readFile } from 'node:fs/promises'

/** One file as it goes out. */
export interface PageFile {
  readonly type: string
  readonly body: Buffer
}

/** Beside this module in a bundle; the page's own package in a checkout and where both are installed. */
const FOLDERS: readonly URL[] = [new URL('./web/', import.meta.url), new URL('../../../web/dist/', import.meta.url)]

/** What index.html may name: files beside it, with the hash of their content in the name. */
const ASSET = /"(assets\/[\w-]+\.(js|css|svg))"/g

const TYPES: Readonly<Record<string, string>> = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
}

/** The page by path, '' being the page itself; undefined when it was not built. */
export async function readPage(folders: readonly URL[] = FOLDERS): Promise<ReadonlyMap<string, PageFile> | undefined> {
  for (const folder of folders) {
    const index = await readIfThere(new URL('index.html', folder))
    if (index === undefined) continue
    const page = new Map<string, PageFile>([['', { type: 'text/html; charset=utf-8', body: index }]])
    for (const [, path = '', kind = ''] of index.toString('utf8').matchAll(ASSET)) {
      page.set(path, { type: TYPES[kind] ?? '', body: await readFile(new URL(path, folder)) })
    }
    return page
  }
  return undefined
}

async function readIfThere(file: URL): Promise<Buffer | undefined> {
  try {
    return await readFile(file)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
