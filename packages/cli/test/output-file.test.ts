import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { checkOutput, writeOutput } from '../src/output-file.ts'

let root = ''
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'ccbt-output-'))
})
afterEach(() => rm(root, { recursive: true }))

const code = (name: string): unknown => expect.objectContaining({ code: name })

describe('output file', () => {
  it('is written whole and leaves nothing beside it', async () => {
    await writeOutput({ path: join(root, 'a.torrent'), force: false }, Buffer.from('data'))
    expect(await readFile(join(root, 'a.torrent'), 'utf8')).toBe('data')
    expect(await readdir(root)).toEqual(['a.torrent'])
  })

  it('does not replace a file unless told to', async () => {
    const path = join(root, 'a.torrent')
    await writeFile(path, 'old')
    await expect(checkOutput({ path, force: false })).rejects.toThrow(code('CLI_FILE_EXISTS'))
    await expect(writeOutput({ path, force: false }, Buffer.from('new'))).rejects.toThrow(code('CLI_FILE_EXISTS'))
    expect(await readFile(path, 'utf8')).toBe('old')
    await writeOutput({ path, force: true }, Buffer.from('new'))
    expect(await readFile(path, 'utf8')).toBe('new')
    expect(await readdir(root)).toEqual(['a.torrent'])
  })

  it('refuses a folder, and a folder that is not there', async () => {
    await mkdir(join(root, 'd'))
    await expect(checkOutput({ path: join(root, 'd'), force: true })).rejects.toThrow(code('CLI_FILE_UNWRITABLE'))
    await expect(checkOutput({ path: join(root, 'x/y'), force: true })).rejects.toThrow(code('CLI_FILE_UNWRITABLE'))
  })

  it('copes with the longest file name', async () => {
    const path = join(root, `${'a'.repeat(247)}.torrent`)
    await writeOutput({ path, force: false }, Buffer.from('x'))
    expect(await readFile(path, 'utf8')).toBe('x')
  })
})
