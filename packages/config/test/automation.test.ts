// What a daemon does by itself: what is taken, and the line that says what is wrong.

import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { mergeAutomation } from '../src/automation.ts'
import { environmentLayer, argumentLayer } from '../src/text-layers.ts'
import { TitleFilter } from '../src/title-filter.ts'
import { parseSample, parseTorrentSample } from './samples.ts'

describe('tables of automation', () => {
  it.each([
    ['watch = 1', ':1:1: each begins with a line [[watch]]'],
    ['[[watch]]\nlabel = "a"', ':1:3: a watch needs a path'],
    ['[[watch]]\npath = "a"\nafter = "burn"', ":3:9: after must be 'rename' or 'delete', not 'burn'"],
    ['[[feed]]\ninclude = "a"', ':1:3: a feed needs a url'],
    ['[[feed]]\nurl = "file:///etc/passwd"', ":2:7: url must be an http or https address, not 'file:///etc/passwd'"],
    [
      '[[feed]]\nurl = "http://example.org/feed"',
      ':1:3: a feed over http needs allow_http = true: who is on the way chooses what is downloaded',
    ],
    [
      '[[feed]]\nurl = "https://example.org"\ninclude = "("',
      ":3:11: include must be a regular expression of at most 300 characters, not '('",
    ],
    ['[labels]\nlinux = "/x"', ':2:1: a label begins with a line [labels.linux]'],
    ['[labels.linux]\ndirectori = "/x"', ":2:1: unknown key 'directori', did you mean 'directory'?"],
    ['[hooks]\non_complete = ["ls"]', ':2:15: hooks.on_complete begins with an absolute path'],
    ['[hooks]\non_complete = "/bin/ls -l"', ":2:15: on_complete must be a list of at most 50 texts, not '/bin/ls -l'"],
  ])('%j says %j', (text, problem) => {
    const { problems } = parseSample(text)
    expect(problems.map((line) => line.slice(line.indexOf(':')))).toEqual([problem])
  })

  it('are what they say, with their defaults', () => {
    const { automation, problems } = parseSample(
      [
        '[[watch]]\npath = "in"\nlabel = "linux"',
        '[[feed]]\nurl = "https://example.org/feed"\nmin_size = "1GB"\nonce_per_episode = true',
        '[labels.linux]\ndirectory = "/srv/linux"\nupload = "2M"',
        '[hooks]\non_complete = ["/bin/echo", "$HOME"]',
      ].join('\n'),
    )
    expect(problems).toEqual([])
    expect(automation.watch).toEqual([{ path: '/home/u/in', label: 'linux', after: 'rename' }])
    expect(automation.feeds).toEqual([
      {
        url: 'https://example.org/feed',
        intervalMs: 1_800_000,
        titles: expect.any(TitleFilter),
        minBytes: 1e9,
        isOncePerEpisode: true,
        allowsHttp: false,
        allowsLocal: false,
      },
    ])
    expect([...automation.labels]).toEqual([['linux', '/srv/linux']])
    expect([...automation.labelLimits]).toEqual([['linux', { uploadBps: 2_000_000 }]])
    expect(automation.onComplete).toEqual({ command: ['/bin/echo', '$HOME'], timeoutMs: 3_600_000 })
  })

  it('stand in main files alone: programs and folders come from nowhere else', () => {
    const hooks = '[hooks]\non_complete = ["/bin/true"]'
    expect(parseTorrentSample(hooks).problems).toHaveLength(1)
    expect(parseSample(`[profiles.night.hooks]\non_complete = ["/bin/true"]`).problems).toHaveLength(1)
    expect(environmentLayer({ CCBT_HOOKS__ON_COMPLETE: '/bin/true' }, '/').problems).toHaveLength(1)
    expect(argumentLayer(['hooks.on_complete=/bin/true'], '/').problems).toHaveLength(1)
  })

  it('and the program of alerts can be set in a file only', () => {
    const settings = '[alerts]\ncommand = ["/bin/true"]'
    expect(parseSample(settings).problems).toEqual([])
    const refused = 'can be set in the configuration file only'
    expect(environmentLayer({ CCBT_ALERTS__COMMAND: '/bin/true' }, '/').problems).toEqual([
      `CCBT_ALERTS__COMMAND: ${refused}`,
    ])
    expect(argumentLayer(['alerts.command=/bin/true'], '/').problems).toEqual([`--set alerts.command: ${refused}`])
  })

  it('of the user come after those of the system', () => {
    const read = (text: string) => parseSample(text).automation
    const system = read(
      '[labels.a]\ndirectory = "/s"\ndownload = 5\nupload = 6\n[hooks]\non_complete = ["/s"]\n[[watch]]\npath = "/s"',
    )
    const user = read('[labels.a]\ndirectory = "/u"\nupload = 0\n[[watch]]\npath = "/u"')
    const { labels, labelLimits, onComplete, watch } = mergeAutomation([system, user])
    expect([labels.get('a'), onComplete?.command, watch.map(({ path }) => path)]).toEqual(['/u', ['/s'], ['/s', '/u']])
    expect(labelLimits.get('a')).toEqual({ downloadBps: 5, uploadBps: 0 })
  })
})

describe('docs/automation.md', () => {
  it('has examples without a mistake', () => {
    const page = readFileSync(new URL('../../../docs/automation.md', import.meta.url), 'utf8')
    const examples = Array.from(page.matchAll(/```toml\n([^]*?)```/g), (match) => match[1]!)
    expect(examples).toHaveLength(6)
    for (const example of examples) expect(parseSample(example).problems).toEqual([])
  })
})

describe('the filter of titles', () => {
  it.each([
    ['Debian 13 amd64 NETINST', true],
    ['Debian 13 arm64 netinst', false],
    ['Debian 13 amd64 netinst beta', false],
  ])('%j: %j', (title, isWanted) => {
    expect(new TitleFilter('amd64.*netinst', 'beta').accepts(title)).toBe(isWanted)
  })

  it('takes everything when nothing is asked for', () => {
    expect(new TitleFilter().accepts('anything')).toBe(true)
  })

  it.each([
    [undefined, '^(a+)+$'],
    ['^(a+)+$', undefined],
  ])('wants nothing more when a pattern takes for ever', (include, exclude) => {
    const filter = new TitleFilter(include, exclude)
    expect(filter.accepts('b')).toBe(include === undefined)
    expect(filter.accepts(`${'a'.repeat(40)}!`)).toBe(false)
    expect(filter.isTooSlow).toBe(true)
    expect(filter.accepts('b')).toBe(false)
  })
})
