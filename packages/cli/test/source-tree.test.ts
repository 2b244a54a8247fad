import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { checkUnchanged, readSourceTree } from '../src/making/source-tree.ts'

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
    expect(tree).toMatchObject({ name: 'one.bin', isFolder: false, files: [{ path: ['one.bin'], length: 5 }] })
  })

  it('keeps empty files and the executable bit', async () => {
    await put('t/empty', '')
    await put('t/run.sh')
    await chmod(join(root, 't/run.sh'), 0o755)
    const tree = await readSourceTree(join(root, 't'))
    expect(tree.files.map(({ length, executable }) => [length, executable])).toEqual([
      [0, false],
      [8, true],
    ])
  })

  it('names what it leaves out', async () => {
    await put('t/a')
    await mkdir(join(root, 't/hollow'))
    execFileSync('mkfifo', [join(root, 't/pipe')])
    const server = createServer().listen(join(root, 't/socket'))
    onTestFinished(() => void server.close())
    await once(server, 'listening')
    const tree = await readSourceTree(join(root, 't'))
    expect(tree.leftOut).toEqual(['hollow: an empty folder', 'pipe: a named pipe', 'socket: a socket'])
    expect(tree.files.map((file) => file.path)).toEqual([['a']])
  })

  it('keeps links to what the torrent holds, and names the others', async () => {
    await put('t/a')
    await put('t/d/b')
    await put('t/mixed/c')
    await put('outside')
    const links = {
      broken: 'nowhere',
      circle: 'circle',
      chain: 'file',
      'd/up': '../a',
      dir: 'e',
      file: 'd/b',
      'mixed/link': '../a',
      out: '../outside',
      top: '.',
      'to-mixed': 'mixed',
      absolute: join(root, 't/a'),
    }
    await put('t/e/f')
    for (const [name, target] of Object.entries(links)) await symlink(target, join(root, 't', name))
    const tree = await readSourceTree(join(root, 't'))
    const kept = tree.files.flatMap(({ path, symlink: target }) =>
      target === undefined ? [] : [`${path.join('/')} -> ${target.join('/')}`],
    )
    expect(kept).toEqual(['absolute -> a', 'chain -> d/b', 'd/up -> a', 'dir -> e', 'file -> d/b', 'mixed/link -> a'])
    expect(tree.leftOut).toEqual([
      'broken: a symbolic link that leads nowhere',
      'circle: a symbolic link that leads in a circle',
      'out: a symbolic link that leads out of the folder',
      'to-mixed: a symbolic link to what the torrent does not hold, or to a folder with links',
      'top: a symbolic link to the folder itself',
    ])
  })

  it('leaves out what is excluded, with folders and links to it, and says nothing of it', async () => {
    for (const name of ['a', 'b.tmp', '.git/x', 'd/b.tmp', 'd/c', 'd/e/f', 'x/d/e/g']) await put(`t/${name}`)
    await symlink('a', join(root, 't/link.tmp'))
    await symlink('d/b.tmp', join(root, 't/link'))
    const tree = await readSourceTree(join(root, 't'), { exclude: ['*.tmp', '.git/', 'd/e'] })
    expect(tree.files.map((file) => file.path.join('/'))).toEqual(['a', 'd/c', 'x/d/e/g'])
    expect(tree.leftOut).toEqual(['link: a symbolic link to what the torrent does not hold, or to a folder with links'])
  })

  it('notices that a file has changed since', async () => {
    await put('t/a')
    await put('t/b')
    await symlink('a', join(root, 't/link'))
    const tree = await readSourceTree(join(root, 't'))
    await expect(checkUnchanged(tree)).resolves.toBeUndefined()
    await utimes(join(root, 't/b'), 1, 1)
    await expect(checkUnchanged(tree)).rejects.toThrow(code('CLI_FILE_CHANGED'))
    const again = await readSourceTree(join(root, 't'))
    await rm(join(root, 't/a'))
    await expect(checkUnchanged(again)).rejects.toThrow(code('CLI_FILE_CHANGED'))
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
    expect((await readSourceTree(join(root, 't'), { exclude: ['\ufffd*'] })).files).toHaveLength(1)
  })

  it('refuses what is not there, and devices', async () => {
    await expect(readSourceTree(join(root, 'absent'))).rejects.toThrow(code('CLI_FILE_NOT_FOUND'))
    await expect(readSourceTree('/dev/null')).rejects.toThrow(code('CLI_FILE_UNREADABLE'))
    await expect(readSourceTree('/')).rejects.toThrow(code('CLI_FILE_UNREADABLE'))
  })
})
