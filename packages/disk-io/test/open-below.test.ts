import { closeSync, existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'

import { describe, expect, it } from 'vitest'

import { openBelow, openBelowByName } from '../src/worker/open-below.ts'
import { TempFolder } from './support.ts'

const read = { isWritable: false, isCreated: false }
const write = { isWritable: true, isCreated: true }

describe.each([
  ['by descriptor', openBelow],
  ['by name', openBelowByName],
])('opening below a folder %s', (_, open) => {
  it('makes folders and files on demand, and only then', () => {
    using folder = new TempFolder()
    expect(() => open(folder.join('root'), 'a/b/c', read)).toThrow('ENOENT')
    expect(existsSync(folder.join('root'))).toBe(false)
    const made = open(folder.join('root'), 'a/b/c', write)
    closeSync(made.fd)
    expect(made.isNew).toBe(true)
    const found = open(folder.join('root'), 'a/b/c', write)
    closeSync(found.fd)
    expect(found.isNew).toBe(false)
  })

  it.each([
    ['a link to a folder', 'link/file'],
    ['a link to a file', 'file-link'],
    ['a dangling link', 'dangling'],
    ['a loop', 'loop/x'],
  ])('refuses %s', (_name, relative) => {
    using folder = new TempFolder()
    const root = folder.join('root')
    mkdirSync(folder.join('outside'))
    mkdirSync(root)
    writeFileSync(folder.join('kept'), '')
    symlinkSync(folder.join('outside'), folder.join('root', 'link'))
    symlinkSync(folder.join('kept'), folder.join('root', 'file-link'))
    symlinkSync(folder.join('outside', 'new'), folder.join('root', 'dangling'))
    symlinkSync(folder.join('root', 'loop'), folder.join('root', 'loop'))
    for (const mode of [read, write])
      expect(() => open(root, relative, mode)).toThrow(expect.objectContaining({ code: 'DISK_UNSAFE_PATH' }))
    expect(readdirSync(folder.join('outside'))).toEqual([])
  })

  it('leaves no descriptor open when it fails', () => {
    using folder = new TempFolder()
    mkdirSync(folder.join('root', 'a', 'b'), { recursive: true })
    const before = readdirSync('/proc/self/fd').length
    for (let i = 0; i < 20; i++) expect(() => open(folder.join('root'), 'a/b', write)).toThrow('not a regular file')
    expect(readdirSync('/proc/self/fd').length).toBe(before)
  })
})
