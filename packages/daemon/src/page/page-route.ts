// Serves the web page at the root. It may load its own script and style sheet and speak to this daemon, and nothing else:
// whatever the name of a torrent says, no text can become a script there.

import type { HttpAnswer, Route } from '../http/route.ts'
import { readPage } from './page-files.ts'
import type { PageFile } from './page-files.ts'

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ')

const NOT_BUILT: HttpAnswer = { status: 503, body: 'the web page is not built: run `pnpm build`\n' }

type Page = ReadonlyMap<string, PageFile>

/** `/` and `/assets/`. `read` is called until it finds the page. */
export function pageRoute(read: () => Promise<Page | undefined> = readPage): Route {
  let page: Page | undefined
  return ({ method, path }) => {
    if (path !== '/' && !path.startsWith('/assets/')) return undefined
    if (method !== 'GET' && method !== 'HEAD') return Promise.resolve({ status: 405, headers: { allow: 'GET, HEAD' } })
    return answer(path.slice(1))
  }

  async function answer(path: string): Promise<HttpAnswer> {
    page ??= await read()
    if (page === undefined) return NOT_BUILT
    const file = page.get(path)
    if (file === undefined) return { status: 404, body: 'not found\n' }
    const { type, body } = file
    // The names of assets change with their content; the page that names them is asked for every time.
    const cache = path === '' ? 'no-cache' : 'private, max-age=31536000, immutable'
    return {
      status: 200,
      headers: { 'content-type': type, 'cache-control': cache, 'content-security-policy': POLICY },
      body,
    }
  }
}
