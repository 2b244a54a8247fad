// What the documents say must be so: paths exist, examples run.

import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createHash, randomBytes } from 'node:crypto'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

import { createSession } from '@ccbt/core'
import { buildTorrent } from '@ccbt/metainfo'
import { describe, expect, it, onTestFinished } from 'vitest'

const root = join(import.meta.dirname, '../..')

const documents = [
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((p) => p.endsWith('.md'))
    .map((p) => `docs/${p}`),
  ...readdirSync(root).filter((p) => p.endsWith('.md')),
]

describe.each(documents)('%s', (document) => {
  const text = readFileSync(join(root, document), 'utf8')

  it('links only to files that exist', () => {
    const links = Array.from(text.matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)(?:#[^)]*)?\)/g), (m) => m[1]!)
    expect(links.filter((link) => !existsSync(join(root, dirname(document), link)))).toEqual([])
  })

  it('names only paths that exist', () => {
    const paths = Array.from(text.matchAll(/`((?:packages|docs|test|bench)\/[\w./-]+)`/g), (m) => m[1]!)
    const short = Array.from(
      text.matchAll(/`((?:core|cli|transport|wire-protocol|disk-io|discovery|metainfo|piece-picker)\/src\/[\w./-]+)`/g),
      (m) => `packages/${m[1]!}`,
    )
    expect([...paths, ...short].filter((path) => !existsSync(join(root, path)))).toEqual([])
  })

  it('names only scripts that exist', () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>
    }
    const used = Array.from(text.matchAll(/(?:`|^)(?:npx -y )?pnpm(?:@12)? (?:run )?([a-z][\w:-]*)/gm), (m) => m[1]!)
    const builtIn = new Set(['install', 'pack', 'publish', 'exec'])
    expect(used.filter((name) => !builtIn.has(name) && scripts[name] === undefined)).toEqual([])
  })
})

describe('docs/library.md', () => {
  const example = readFileSync(join(root, 'docs/examples/download.ts'), 'utf8')

  it('shows the example as it is', () => {
    expect(readFileSync(join(root, 'docs/library.md'), 'utf8')).toContain(`\`\`\`ts\n${example}\`\`\``)
  })

  it('the example downloads a torrent', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ccbt-docs-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const data = randomBytes(200_000)
    const hashes = [0, 1, 2, 3].map((i) =>
      createHash('sha1')
        .update(data.subarray(i * 65_536, (i + 1) * 65_536))
        .digest(),
    )
    const torrent = buildTorrent({
      name: 'example.bin',
      files: [{ path: ['example.bin'], length: data.length }],
      isMultiFile: false,
      pieceLength: 65_536,
      pieceHashes: Buffer.concat(hashes),
    })
    writeFileSync(join(folder, 'example.bin'), data)
    writeFileSync(join(folder, 'a.torrent'), torrent)
    await using seeder = await createSession({ stateDir: join(folder, 'state'), bind: '127.0.0.1' })
    await (
      await seeder.add(torrent, { directory: folder })
    ).complete
    const target = join(folder, 'out')
    const args = [
      '--conditions=ccbt-src',
      'docs/examples/download.ts',
      join(folder, 'a.torrent'),
      target,
      `127.0.0.1:${seeder.snapshot().port}`,
    ]
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root, timeout: 30_000 })
    expect(stdout).toContain('complete: example.bin')
    expect(readFileSync(join(target, 'example.bin')).equals(data)).toBe(true)
  })
})
