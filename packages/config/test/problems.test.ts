// Each way to write something wrong, and the line that says so.

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readDocument } from '../src/document.ts'
import { collectProblems } from '../src/errors.ts'
import { parseSample, parseTorrentSample } from './samples.ts'

describe('a file of settings', () => {
  it.each([
    ['limits.downlod = 1', ":1:8: unknown key 'limits.downlod', did you mean 'limits.download'?"],
    ['[limits]\n  downlod = 1', ":2:3: unknown key 'limits.downlod', did you mean 'limits.download'?"],
    [
      '[limits]\ndownload = "10X"',
      ":2:12: limits.download must be a rate such as '500K', '10M' or '2 MB/s', from 0 to 1T, not '10X'",
    ],
    ['port = 1', ":1:1: unknown key 'port', did you mean 'network.port'?"],
    ['[ntwork]', ":1:2: unknown section 'ntwork', did you mean 'network'?"],
    ['["a\\u0062c".x]', ":1:2: unknown section 'abc'"],
    ['network = 3', ":1:1: 'network' is a section: its settings follow a line [network]"],
    ['[[network]]', ":1:3: 'network' is a section: its settings follow a line [network]"],
    ['[network]\nport = 70_000', ':2:8: network.port must be a whole number from 0 to 65535, not 70000'],
    ['network = { port = 1, bnd = "::1" }', ":1:23: unknown key 'network.bnd', did you mean 'network.bind'?"],
    ['[network.port]\nx = 1', ':1:10: network.port must be a whole number from 0 to 65535, not a table'],
    ['__proto__.port = 1', ":1:1: unknown section '__proto__'"],
    ['[network]\nconstructor = 1', ":2:1: unknown key 'network.constructor'"],
    ['profiles = 1', ':1:1: profiles begin with a line [profiles.NAME]'],
    ['profiles.a = 1', ':1:10: a profile begins with a line [profiles.a]'],
    ['[profiles.a.limits]\nup = 1', ":2:1: unknown key 'limits.up', did you mean 'limits.upload'?"],
    ['[profiles.a.rule]', ":1:13: unknown section 'rule'"],
    ['[rule]', ':1:2: rules begin with a line [[rule]]'],
    ['[[rule]]\nset = {}', ':1:3: the rule has no condition: when = { ... }'],
    ['[[rule]]\nwhen = { private = true }\nstes = {}', ":3:1: unknown key 'stes', did you mean 'set'?"],
    ['[[rule]]\nwhen = 1', ":2:1: 'when' must be a table such as { private = true }"],
    ['[[rule]]\nwhen = { size = 1 }', ":2:10: unknown key 'size', did you mean 'min_size'?"],
    ['[[rule]]\nwhen.name = "("', ":2:13: name must be a regular expression of at most 300 characters, not '('"],
    [
      '[[rule]]\nwhen.private = true\nset.network.port = 1',
      ':3:13: network.port is for all torrents together, not for one',
    ],
  ])('%j', (text, problem) => {
    expect(parseSample(text).problems).toEqual([`/home/u/c.toml${problem}`])
  })

  it('tells all that is wrong with it, in order', () => {
    const { problems } = parseSample('[limits]\na = 1\ndownload = true\n[x]\n[[rule]]\nwhen.private = 1\n')
    expect(problems.map((problem) => /:(\d+):/.exec(problem)?.[1])).toEqual(['2', '3', '4', '6'])
  })
})

describe("a torrent's own file", () => {
  it('has settings of torrents only', () => {
    expect(parseTorrentSample('seeding.ratio = 2\nlimits.torrent_upload = "1M"').problems).toEqual([])
    expect(parseTorrentSample('[limits]\nupload = "1M"').problems).toEqual([
      '/home/u/c.toml:2:1: limits.upload is for all torrents together, not for one',
    ])
    expect(parseTorrentSample('[profiles.a.limits]').problems).toHaveLength(1)
  })
})

describe('a file that is no configuration', () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ccbt-config-'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it.each<[string, string | Buffer, string]>([
    ['a syntax error', '[limits]\ndownload = \n', ':2:12: invalid value'],
    ['a key twice', 'a.b = 1\na.b = 2', ':2:1: trying to redefine an already defined table or value'],
    ['deep arrays', `a = ${'['.repeat(5000)}`, ':1:105: document contains excessively nested structures. aborting'],
    ['a large file', '#'.repeat(1_048_577), ':1:1: the file is larger than 1 MiB'],
    ['no UTF-8', Buffer.from([0x61, 0x3d, 0x22, 0xff, 0x22]), ':1:1: the file is not UTF-8 text'],
    ['a NUL', 'a = "\0"', ':1:6: control characters are not allowed in strings'],
    ['a number that is none', 'a = 9007199254740993', ':1:5: integer value cannot be represented losslessly'],
  ])('%s', async (_, content, problem) => {
    const path = join(folder, 'c.toml')
    await writeFile(path, content)
    const problems: string[] = []
    expect(await collectProblems(readDocument(path), problems)).toBeUndefined()
    expect(problems).toEqual([`${path}${problem}`])
  })

  it('is told from one that is not there', async () => {
    expect(await readDocument(join(folder, 'absent.toml'))).toBeUndefined()
    expect(await readDocument(join(folder, 'absent/c.toml'))).toBeUndefined()
    const problems: string[] = []
    await collectProblems(readDocument(folder), problems)
    expect(problems).toEqual([`${folder}: is a folder, not a file`])
  })

  it('a key of 20 000 parts is an unknown one', async () => {
    const path = join(folder, 'deep.toml')
    await writeFile(path, `\n${Array(20_000).fill('a').join('.')} = 1`)
    const document = await readDocument(path)
    expect(document?.locate(['a', 'a', 'a'])).toBe(`${path}:2:5`)
  })
})
