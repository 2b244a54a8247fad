import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readSourceTree } from '../src/source-tree.ts'

let root = ''
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'ccbt-tree-'))
})
afterEach(() => rm(root, { recursive: true }))

async function put(path: string, text = path): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true })
  await writeFile(join(root, path), text)
}

const code = (name: string): unknown => expect.objectContaining({ code: name })

describe('readSourceTree', () => {
  it('orders files by the bytes of their paths', async () => {
    // Bytewise: 'B' < 'a' < 'a-b' < 'a.txt' < 'a/x' < 'é' < U+FF5E < an emoji; UTF-16 would swap the last two.
    for (const name of ['t/a/x', 't/a.txt', 't/B', 't/a-b', 't/é', 't/😀', 't/～']) await put(name)
    const tree = await readSourceTree(join(root, 't'))
    expect(tree.files.map((file) => file.path.join('/'))).toEqual(['B', 'a-b', 'a.txt', 'a/x', 'é', '～', '😀'])
    expect(tree).toMatchObject({ name: 't', isFolder: true, leftOut: [] })
  })

  it('takes a single file', async () => {
    await put('one.bin', '12345')
    const tree = await readSourceTree(join(root, 'one.bin'))
    expect(tree).toMatchObject({ name: 'one.bin', isFolder: false, files: [{ path: [], length: 5 }] })
  })

  it('keeps empty files and the executable bit', async () => {
    await put('t/empty', '')
    await put('t/run.sh')
    await chmod(join(root, 't/run.sh'), 0o755)
    const tree = await readSourceTree(join(root, 't'))
    expect(tree.files.map(({ length, isExecutable }) => [length, isExecutable])).toEqual([
      [0, false],
      [8, true],
    ])
  })

  it('names what it leaves out: links and empty folders', async () => {
    await put('t/a')
    await symlink('a', join(root, 't/link'))
    await symlink('/nowhere', join(root, 't/broken'))
    await mkdir(join(root, 't/hollow'))
    const tree = await readSourceTree(join(root, 't'))
    expect(tree.leftOut).toEqual(['broken: a symbolic link', 'hollow: an empty folder', 'link: a symbolic link'])
    expect(tree.files.map((file) => file.path)).toEqual([['a']])
  })

  it('follows the path it is given, which the user named', async () => {
    await put('t/a')
    await symlink('t', join(root, 'alias'))
    expect(await readSourceTree(join(root, 'alias'))).toMatchObject({ name: 'alias', files: [{ path: ['a'] }] })
  })

  it('refuses a name that is not UTF-8', async () => {
    await put('t/a')
    await writeFile(Buffer.concat([Buffer.from(join(root, 't/')), Buffer.from([0xff, 0xfe])]), 'x')
    await expect(readSourceTree(join(root, 't'))).rejects.toThrow(code('CLI_FILE_UNREADABLE'))
  })

  it('refuses what is not there, and devices', async () => {
    await expect(readSourceTree(join(root, 'absent'))).rejects.toThrow(code('CLI_FILE_NOT_FOUND'))
    await expect(readSourceTree('/dev/null')).rejects.toThrow(code('CLI_FILE_UNREADABLE'))
    await expect(readSourceTree('/')).rejects.toThrow(code('CLI_FILE_UNREADABLE'))
  })
})
