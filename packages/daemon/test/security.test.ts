// Who is let in: passwords, tokens, waiting, addresses, folders.

import { mkdirSync, mkdtempSync, realpathSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'

import { AllowedFolders } from '../src/security/allowed-folders.ts'
import { Attempts } from '../src/security/attempts.ts'
import { clientAddress, trustedProxies } from '../src/security/client-address.ts'
import { Gate } from '../src/security/gate.ts'
import { generatePassword, hashPassword, PasswordCheck } from '../src/security/password.ts'
import { neededScope, permits } from '../src/security/scope.ts'
import { AccessTable } from '../src/state/access-table.ts'
import { openDatabase } from '../src/state/database.ts'
import { lockInstance } from '../src/state/instance-lock.ts'

function temporaryFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'ccbt-daemon-')))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

function accessTable(): AccessTable {
  const database = openDatabase(temporaryFolder())
  onTestFinished(() => database.close())
  return new AccessTable(database)
}

function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
}

describe('the password', () => {
  it('is right, however often it is asked for, and no other one is', async () => {
    const password = generatePassword()
    const hash = await hashPassword(password)
    const check = new PasswordCheck()
    for (const _ of [1, 2]) {
      expect(await check.compare(password, hash)).toBe('right')
      expect(await check.compare(`${password}x`, hash)).toBe('wrong')
    }
    // Another password: what was right before is not any more.
    expect(await check.compare(password, await hashPassword('another one'))).toBe('wrong')
    expect(await check.compare('', undefined)).toBe('wrong')
  })

  it('is compared for a few at a time, others are told to come later', async () => {
    const hash = await hashPassword('right')
    const check = new PasswordCheck()
    const verdicts = await Promise.all(Array.from({ length: 20 }, (_, i) => check.compare(`wrong ${i}`, hash)))
    expect(verdicts.filter((verdict) => verdict === 'busy')).toHaveLength(12)
    expect(await check.compare('right', hash)).toBe('right')
  })

  it('is refused when what is kept is no hash, or of another kind', async () => {
    for (const hash of ['', 'x', 'md5$a$b', 'scrypt$$', 'scrypt$AA==$AA==']) {
      expect(await new PasswordCheck().compare('', hash)).toBe('wrong')
    }
  })
})

describe('the gate', () => {
  it('opens for the password with any user name, and for tokens as far as they go', async () => {
    const access = accessTable()
    access.setPasswordHash(await hashPassword('geheim: ü'))
    const token = access.createToken('graphs', 'read')
    const gate = new Gate(access)
    const from = '192.0.2.1'
    expect(await gate.check(undefined, from)).toEqual({ kind: 'closed' })
    expect(await gate.check(basic('ann', 'geheim: ü'), from)).toEqual({ kind: 'open', scope: 'admin' })
    expect(await gate.check(basic('', 'geheim: ü'), from)).toEqual({ kind: 'open', scope: 'admin' })
    expect(await gate.check(`Bearer ${token}`, from)).toEqual({ kind: 'open', scope: 'read' })
    expect(await gate.check(basic('sonarr', token), from)).toEqual({ kind: 'open', scope: 'read' })
    expect(await gate.check(`Bearer ${token}x`, from)).toEqual({ kind: 'closed' })
    expect(access.revokeTokens('graphs')).toBe(1)
    expect(await gate.check(`Bearer ${token}`, from)).toEqual({ kind: 'closed' })
  })

  it('is closed to whoever is not there yet: without a password none is right', async () => {
    expect(await new Gate(accessTable()).check(basic('a', ''), '::1')).toEqual({ kind: 'closed' })
  })

  it('makes who guesses wait, even with the right one then, and nobody else', async () => {
    let now = 0
    const access = accessTable()
    access.setPasswordHash(await hashPassword('right'))
    const gate = new Gate(access, new Attempts(() => now))
    for (let i = 0; i < 4; i++) expect((await gate.compare('ccbt_guess', '2001:db8::1')).kind).toBe('closed')
    expect(await gate.compare('right', '2001:db8::2')).toEqual({ kind: 'wait', seconds: 1 })
    expect((await gate.compare('right', '192.0.2.9')).kind).toBe('open')
    now += 1001
    expect((await gate.compare('right', '2001:db8::2')).kind).toBe('open')
    expect((await gate.compare('ccbt_guess', '2001:db8::2')).kind).toBe('closed')
  })

  it.each(['Basic', 'Basic !', 'Basic bm9jb2xvbg==', 'Digest x', `Basic ${'A'.repeat(10_000)}`, 'Bearer', '\0'])(
    'is closed to %j',
    async (header) => {
      expect((await new Gate(accessTable()).check(header, '::1')).kind).toBe('closed')
    },
  )
})

describe('waiting', () => {
  it('doubles, ends, and never lasts longer than five minutes', () => {
    let now = 0
    const attempts = new Attempts(() => now)
    const waits: number[] = []
    for (let i = 0; i < 20; i++) {
      attempts.failed('192.0.2.1')
      waits.push(attempts.waitMs('192.0.2.1'))
    }
    expect(waits.slice(0, 7)).toEqual([0, 0, 0, 1000, 2000, 4000, 8000])
    expect(waits.at(-1)).toBe(300_000)
    now += 300_000
    expect(attempts.waitMs('192.0.2.1')).toBe(0)
    attempts.succeeded('192.0.2.1')
    attempts.failed('192.0.2.1')
    expect(attempts.waitMs('192.0.2.1')).toBe(0)
  })

  it('remembers a bounded number of addresses, the recent ones', () => {
    const attempts = new Attempts(() => 0)
    for (let i = 0; i < 5; i++) attempts.failed('198.51.100.1')
    for (let i = 0; i < 20_000; i++) attempts.failed(`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`)
    expect(attempts.waitMs('198.51.100.1')).toBe(0)
  })
})

describe('the address of a client', () => {
  function request(remote: string, forwarded?: string): IncomingMessage {
    const socket = new Socket()
    Object.defineProperty(socket, 'remoteAddress', { value: remote })
    const message = new IncomingMessage(socket)
    if (forwarded !== undefined) message.headers['x-forwarded-for'] = forwarded
    return message
  }

  it.each([
    ['::ffff:192.0.2.1', undefined, '192.0.2.1'],
    ['192.0.2.1', '203.0.113.9', '192.0.2.1'],
    ['10.0.0.1', '203.0.113.9', '203.0.113.9'],
    // Whoever asked wrote the first two himself.
    ['10.0.0.1', '1.1.1.1, 127.0.0.1, 203.0.113.9', '203.0.113.9'],
    ['10.0.0.1', '203.0.113.9, 10.9.9.9', '203.0.113.9'],
    ['::1', '2001:db8::7', '2001:db8::7'],
    ['10.0.0.1', 'nonsense', '10.0.0.1'],
    ['10.0.0.1', '', '10.0.0.1'],
  ])('from %s with %j is %s', (remote, forwarded, expected) => {
    expect(clientAddress(request(remote, forwarded), trustedProxies(['10.0.0.0/8', '::1']))).toBe(expected)
  })

  it.each(['', 'proxy.example', '10.0.0.0/33', '::/129', '10.0.0.0/-1'])('%j is no proxy', (network) => {
    expect(() => trustedProxies([network])).toThrow(/is no address or network/)
  })
})

describe('allowed folders', () => {
  it('are judged by where a path really leads', async () => {
    const base = temporaryFolder()
    for (const name of ['in/deep', 'out', 'inside']) mkdirSync(join(base, name), { recursive: true })
    symlinkSync(join(base, 'out'), join(base, 'in/leak'))
    symlinkSync(join(base, 'in/deep'), join(base, 'out/back'))
    symlinkSync(join(base, 'nothing'), join(base, 'in/dangling'))
    symlinkSync(join(base, 'in/loop'), join(base, 'in/loop'))
    const folders = new AllowedFolders([join(base, 'in')])
    const isAllowed = (path: string): Promise<boolean> =>
      folders.check(path).then(
        () => true,
        () => false,
      )
    for (const path of ['in', 'in/', 'in/deep', 'in/new/folder', 'in/x/../deep', 'out/back/new']) {
      expect([path, await isAllowed(join(base, path))]).toEqual([path, true])
    }
    const refused = [
      '',
      'out',
      'inside',
      'in/..',
      'in/../out',
      'in/leak',
      'in/leak/new',
      'in/dangling',
      'in/dangling/x',
    ]
    for (const path of [...refused, 'in/loop']) {
      expect([path, await isAllowed(`${base}/${path}`)]).toEqual([path, false])
    }
    for (const path of ['in', './in', `${base}/in\0/x`, '']) expect(await isAllowed(path)).toBe(false)
  })

  it('need not exist yet', async () => {
    const base = temporaryFolder()
    const folders = new AllowedFolders([join(base, 'later')])
    expect(await folders.check(join(base, 'later/x'))).toBe(join(base, 'later/x'))
    await expect(folders.check(join(base, 'laterx'))).rejects.toMatchObject({ code: 'DAEMON_FOLDER_REFUSED' })
  })
})

describe('scopes', () => {
  it('include the ones before', () => {
    const order = ['none', 'read', 'control', 'admin'] as const
    fc.assert(
      fc.property(fc.nat(3), fc.nat(3), (granted, needed) => {
        expect(permits(order[granted]!, order[needed]!)).toBe(granted >= needed)
      }),
    )
  })

  it('an endpoint that nobody named is closed to all but admin', () => {
    expect(neededScope('POST', '/new')).toBe('admin')
    expect(neededScope('DELETE', '/transmission/rpcx')).toBe('admin')
    expect(neededScope('POST', '/transmission/rpc/')).toBe('read')
    expect(neededScope('GET', '/metrics')).toBe('read')
  })
})

describe('the state directory', () => {
  it('has one owner at a time, also within a process', () => {
    const folder = temporaryFolder()
    const lock = lockInstance(folder)
    expect(() => lockInstance(folder)).toThrow(expect.objectContaining({ code: 'DAEMON_ALREADY_RUNNING' }))
    lock[Symbol.dispose]()
    lockInstance(folder)[Symbol.dispose]()
  })

  it('is readable by its owner only, and the database open to another process of his', () => {
    const folder = join(temporaryFolder(), 'state')
    const [first, second] = [openDatabase(folder), openDatabase(folder)]
    new AccessTable(first).createToken('a', 'read')
    expect(new AccessTable(second).tokens()).toMatchObject([{ name: 'a', scope: 'read' }])
    expect(statSync(folder).mode & 0o077).toBe(0)
    for (const name of ['daemon.db', 'daemon.db-wal']) expect(statSync(join(folder, name)).mode & 0o077).toBe(0)
    first.close()
    second.close()
  })

  it('does not keep what would let somebody in', async () => {
    const access = accessTable()
    const token = access.createToken('a', 'read')
    expect(JSON.stringify(access.tokens())).not.toContain(token)
    expect(await hashPassword('correct horse')).not.toContain('correct horse')
  })
})
