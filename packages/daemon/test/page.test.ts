// The web page as browsers get it.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { describe, expect, it, onTestFinished } from 'vitest'

import type { HttpAnswer, HttpRequest } from '../src/http/route.ts'
import { readPage } from '../src/page/page-files.ts'
import { pageRoute } from '../src/page/page-route.ts'

const HTML = '<link href="assets/app-1.css"><script src="assets/app-1.js"></script><img src="assets/../secret.js">'

/** A folder with a built page. */
function builtPage(): URL {
  const folder = mkdtempSync(join(tmpdir(), 'ccbt-page-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  mkdirSync(join(folder, 'assets'))
  writeFileSync(join(folder, 'index.html'), HTML)
  for (const name of ['assets/app-1.css', 'assets/app-1.js', 'assets/unnamed.js', 'secret.js']) {
    writeFileSync(join(folder, name), name)
  }
  return new URL(`${pathToFileURL(folder).href}/`)
}

function request(path: string, method = 'GET'): HttpRequest {
  const { signal } = new AbortController()
  const sender = { scope: 'read', isOwner: false, address: '127.0.0.1' } as const
  return { ...sender, method, path, query: new URLSearchParams(), headers: {}, body: Buffer.alloc(0), signal }
}

describe('the page', () => {
  const get = async (folders: readonly URL[], path: string, method?: string): Promise<HttpAnswer | undefined> =>
    await pageRoute(() => readPage(folders))(request(path, method))

  it('may run its own script and nothing else', async () => {
    const answer = await get([builtPage()], '/')
    expect(answer).toMatchObject({ status: 200, headers: { 'content-type': 'text/html; charset=utf-8' } })
    expect(String(answer?.body)).toBe(HTML)
    const policy = answer?.headers?.['content-security-policy'] ?? ''
    expect(policy).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self';/)
    expect(policy).toContain("require-trusted-types-for 'script'; trusted-types 'none'")
    expect(policy).not.toMatch(/unsafe|\*|http/)
  })

  it.each([
    ['/assets/app-1.js', 'text/javascript; charset=utf-8'],
    ['/assets/app-1.css', 'text/css; charset=utf-8'],
  ])('has %s for good', async (path, type) => {
    expect(await get([builtPage()], path)).toMatchObject({
      status: 200,
      headers: { 'content-type': type, 'cache-control': 'private, max-age=31536000, immutable' },
      body: Buffer.from(path.slice(1)),
    })
  })

  it.each(['/assets/unnamed.js', '/assets/../secret.js', '/assets/', '/assets/app-1.js/', '/assets/__proto__'])(
    'gives nothing else of its folder: %s',
    async (path) => {
      expect(await get([builtPage()], path)).toMatchObject({ status: 404 })
    },
  )

  it('leaves other paths to others, and is only read', async () => {
    for (const path of ['/index.html', '/ccbt/rpc', '/assetsx', '']) expect(pageRoute()(request(path))).toBeUndefined()
    expect(await get([builtPage()], '/', 'POST')).toMatchObject({ status: 405 })
    expect(await get([builtPage()], '/', 'HEAD')).toMatchObject({ status: 200 })
  })

  it('says what to do while it is not built, and is there once it is', async () => {
    const missing = new URL('file:///nowhere/at/all/')
    expect(await get([missing], '/')).toEqual({ status: 503, body: 'the web page is not built: run `pnpm build`\n' })
    expect(await get([missing, builtPage()], '/')).toMatchObject({ status: 200 })
    const found = [undefined, new Map([['', { type: 'text/html', body: Buffer.from('x') }]])]
    const route = pageRoute(() => Promise.resolve(found.shift()))
    expect((await route(request('/')))?.status).toBe(503)
    expect((await route(request('/')))?.status).toBe(200)
    expect((await route(request('/')))?.status).toBe(200)
  })
})
