// Alerts: what fires, who is told and how often, whatever restarts and whichever servers fail.

import { createServer } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'

import { AlertBook } from '../src/alerts/alert-book.ts'
import type { AlertChange, Reading } from '../src/alerts/alert-book.ts'
import { DEFAULT_ALERTS, mergeAlerts } from '../src/alerts/alert-rule.ts'
import type { AlertRule } from '../src/alerts/alert-rule.ts'
import { parseAlertState } from '../src/alerts/alert-state.ts'
import { notificationOf } from '../src/alerts/notification.ts'
import type { Notification } from '../src/alerts/notification.ts'
import { commandAction, ProgramAction } from '../src/alerts/program.ts'
import { Webhook } from '../src/alerts/webhook.ts'

const SPACE: AlertRule = {
  name: 'space',
  severity: 'critical',
  kind: 'metric',
  metric: 'free_space',
  side: 'below',
  limit: 100,
  forMs: 30_000,
}
const HASHES: AlertRule = {
  name: 'hashes',
  severity: 'warning',
  kind: 'event',
  event: 'hash_failure',
  count: 3,
  withinMs: 60_000,
}

/** A book whose time and values are made up. */
class Bench {
  now = 1_000_000
  values: Reading[] = []
  stored: unknown
  readonly told: string[] = []
  #book: AlertBook

  constructor() {
    this.#book = this.#open()
  }

  get book(): AlertBook {
    return this.#book
  }

  restart(): void {
    this.#book = this.#open()
  }

  /** Looks every 15 s for so long. */
  pass(ms: number): void {
    for (let left = ms; left > 0; left -= 15_000) {
      this.now += Math.min(left, 15_000)
      this.#book.evaluate()
    }
  }

  free(value: number, subject = '/data'): void {
    this.values = [...this.values.filter((known) => known.subject !== subject), { subject, name: subject, value }]
  }

  #open(): AlertBook {
    return new AlertBook({
      rules: [SPACE, HASHES],
      now: () => this.now,
      wallNow: () => this.now,
      store: {
        read: () => this.stored,
        write: (state) => (this.stored = JSON.parse(JSON.stringify(state))),
      },
      read: () => this.values,
      tell: ({ status, rule, alerts }: AlertChange) => this.told.push(`${status} ${rule.name} ${alerts.length}`),
    })
  }
}

describe('an alert of a metric', () => {
  it('fires when it was so for long enough, and is told once', () => {
    const bench = new Bench()
    bench.free(50)
    bench.pass(15_000)
    expect(bench.book.alerts()).toMatchObject([{ state: 'pending', value: 50 }])
    expect(bench.told).toEqual([])
    bench.pass(600_000)
    expect(bench.told).toEqual(['firing space 1'])
    bench.free(200)
    bench.pass(120_000)
    expect(bench.told).toEqual(['firing space 1', 'resolved space 1'])
    expect(bench.book.alerts()).toEqual([])
  })

  it('does not fire for what was only a moment', () => {
    const bench = new Bench()
    for (let i = 0; i < 10; i++) {
      bench.free(50)
      bench.pass(15_000)
      bench.free(500)
      bench.pass(15_000)
    }
    expect(bench.told).toEqual([])
  })

  it('that flutters is told once', () => {
    const bench = new Bench()
    bench.free(50)
    bench.pass(60_000)
    for (let i = 0; i < 20; i++) {
      bench.free(i % 2 === 0 ? 200 : 50)
      bench.pass(15_000)
    }
    expect(bench.told).toEqual(['firing space 1'])
  })

  it('tells of many things in one go', () => {
    const bench = new Bench()
    for (let i = 0; i < 40; i++) bench.free(1, `/disk ${i}`)
    bench.pass(60_000)
    expect(bench.told).toEqual(['firing space 40'])
  })

  it('looks at no more than a thousand things', () => {
    const bench = new Bench()
    bench.values = Array.from({ length: 5000 }, (_, i) => ({ subject: `${i}`, name: '', value: 1 }))
    bench.pass(60_000)
    expect(bench.book.alerts()).toHaveLength(1000)
  })
})

describe('an alert of events', () => {
  it('fires at so many in so much time', () => {
    const bench = new Bench()
    bench.book.count('hash_failure', 'aa')
    bench.book.count('hash_failure', 'aa')
    bench.book.count('hash_failure', 'bb')
    bench.pass(15_000)
    expect(bench.told).toEqual([])
    bench.book.count('hash_failure', 'aa')
    bench.pass(15_000)
    expect(bench.told).toEqual(['firing hashes 1'])
    expect(bench.book.alerts()).toMatchObject([{ subject: 'aa', value: 3 }])
    bench.pass(180_000)
    expect(bench.told).toEqual(['firing hashes 1', 'resolved hashes 1'])
  })

  it('does not fire for few in a long time', () => {
    const bench = new Bench()
    for (let i = 0; i < 20; i++) {
      bench.book.count('hash_failure')
      bench.pass(45_000)
    }
    expect(bench.told).toEqual([])
  })
})

describe('a restart', () => {
  it('tells nobody twice, and of the end all the same', () => {
    const bench = new Bench()
    bench.free(50)
    bench.pass(60_000)
    bench.restart()
    bench.pass(60_000)
    expect(bench.told).toEqual(['firing space 1'])
    bench.restart()
    bench.free(500)
    bench.pass(90_000)
    expect(bench.told).toEqual(['firing space 1', 'resolved space 1'])
  })

  it('takes whatever is stored', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (stored) => {
        const { firing, silences } = parseAlertState(stored)
        expect(firing.every(({ rule }) => typeof rule === 'string')).toBe(true)
        expect(silences.every(([rule]) => typeof rule === 'string')).toBe(true)
      }),
    )
  })
})

describe('silence', () => {
  it.each(['space', '*'])('of %s keeps back what is told when it ends', (rule) => {
    const bench = new Bench()
    bench.book.silence(rule, 300_000)
    bench.restart()
    bench.free(50)
    bench.pass(240_000)
    expect(bench.told).toEqual([])
    expect(bench.book.alerts()).toMatchObject([{ state: 'firing' }])
    bench.pass(120_000)
    expect(bench.told).toEqual(['firing space 1'])
  })

  it('tells nothing of what began and ended in it', () => {
    const bench = new Bench()
    bench.book.silence('space', 3_600_000)
    bench.free(50)
    bench.pass(60_000)
    bench.free(500)
    bench.pass(120_000)
    expect(bench.told).toEqual([])
  })
})

describe('the rules', () => {
  it('are the defaults with what the user says', () => {
    const rules = mergeAlerts(
      new Map([
        ['stalled', undefined],
        ['space', SPACE],
      ]),
    )
    expect(rules.map(({ name }) => name)).toEqual([
      ...DEFAULT_ALERTS.map(({ name }) => name).filter((name) => name !== 'stalled'),
      'space',
    ])
  })
})

const NOTIFICATION: Notification = notificationOf(
  {
    rule: SPACE,
    status: 'firing',
    alerts: [
      { rule: SPACE, subject: 'a', subjectName: 'x\u001B[2J\n$(reboot)', state: 'firing', value: 1, firedAtMs: 1 },
    ],
  },
  5,
)

interface Server {
  readonly url: string
  readonly bodies: unknown[]
}

/** Answers with one status after the other, the last one for ever; 0 hangs up. */
async function listen(statuses: readonly number[]): Promise<Server> {
  const bodies: unknown[] = []
  const server = createServer((request, response) => {
    const status = statuses[Math.min(bodies.length, statuses.length - 1)] ?? 200
    void readBody(request).then((body) => {
      bodies.push(JSON.parse(body))
      if (status === 0) request.socket.destroy()
      else response.writeHead(status, status === 302 ? { location: '/elsewhere' } : {}).end('x'.repeat(1000))
    })
  }).listen(0, '127.0.0.1')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return { url: `http://127.0.0.1:${port}/hook`, bodies }
}

async function readBody(request: IncomingMessage): Promise<string> {
  let body = ''
  for await (const chunk of request.setEncoding('utf8')) body += String(chunk)
  return body
}

function webhook(url: string): { readonly hook: Webhook; readonly failures: string[] } {
  const failures: string[] = []
  const hook = new Webhook(url, (reason) => failures.push(reason), [10, 10, 10])
  onTestFinished(() => hook[Symbol.dispose]())
  return { hook, failures }
}

describe('a webhook', () => {
  it('gets what happened as JSON', async () => {
    const { url, bodies } = await listen([204])
    webhook(url).hook.send(NOTIFICATION)
    await expect.poll(() => bodies).toHaveLength(1)
    expect(bodies[0]).toMatchObject({ status: 'firing', alert: 'space', severity: 'critical', count: 1 })
  })

  it.each([[[500, 503, 200]], [[0, 0, 200]], [[429, 200]]])(
    'that answers %j is tried until it takes it',
    async (statuses) => {
      const { url, bodies } = await listen(statuses)
      const { hook, failures } = webhook(url)
      hook.send(NOTIFICATION)
      hook.send({ ...NOTIFICATION, status: 'resolved' })
      await expect.poll(() => bodies).toHaveLength(statuses.length + 1)
      expect(bodies.at(-1)).toMatchObject({ status: 'resolved' })
      expect(failures).toEqual([])
    },
  )

  it('that refuses is not asked again', async () => {
    const { url, bodies } = await listen([404, 200])
    const { hook, failures } = webhook(url)
    hook.send(NOTIFICATION)
    await expect.poll(() => failures).toEqual(['status 404'])
    expect(bodies).toHaveLength(1)
  })

  it('is given up after its tries', async () => {
    const { url, bodies } = await listen([503])
    const { hook, failures } = webhook(url)
    hook.send(NOTIFICATION)
    await expect.poll(() => failures).toEqual(['status 503'])
    expect(bodies).toHaveLength(4)
  })

  it('leads nowhere else', async () => {
    const { url, bodies } = await listen([302])
    const { hook } = webhook(url)
    expect(await hook.post(NOTIFICATION)).toMatchObject({ isFinal: false })
    expect(bodies).toHaveLength(1)
  })

  it('that hangs keeps no more than a hundred waiting', () => {
    const { hook, failures } = webhook('http://127.0.0.1:1/')
    for (let i = 0; i < 150; i++) hook.send(NOTIFICATION)
    expect(failures.length).toBeGreaterThanOrEqual(49)
    hook[Symbol.dispose]()
  })
})

describe('a program', () => {
  function folder(): string {
    const path = mkdtempSync(join(tmpdir(), 'ccbt-alert-'))
    onTestFinished(() => rmSync(path, { recursive: true, force: true }))
    return path
  }

  it('learns of it in variables and not from a shell', async () => {
    const file = join(folder(), 'out')
    const script = 'printf "%s|%s|%s" "$CCBT_ALERT_NAME" "$CCBT_ALERT_STATUS" "$CCBT_ALERT_SUBJECT_NAME" > "$1"'
    expect(await commandAction(['sh', '-c', script, 'sh', file]).run(NOTIFICATION)).toBeUndefined()
    const [name, status, subject = ''] = readFileSync(file, 'utf8').split('|')
    expect([name, status]).toEqual(['space', 'firing'])
    expect(subject).toContain('$(reboot)')
    expect(subject).not.toMatch(/\p{Cc}/u)
  })

  it.each([[['/nonexistent']], [['false']]])('%j that fails says so', async (command) => {
    expect(await commandAction(command).run(NOTIFICATION)).toEqual(expect.any(String))
  })

  it('runs no more than four times at once', async () => {
    const action = new ProgramAction(() => ['sleep', '0.2'])
    const outcomes = await Promise.all(Array.from({ length: 6 }, () => action.run(NOTIFICATION)))
    expect(outcomes.filter((outcome) => outcome === 'too many are running')).toHaveLength(2)
  })
})
