// The layers of docs/architecture.md, held against what the packages declare and import.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '../..')

/** Every package with the packages of ours that it may use. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  primitives: [],
  address: ['primitives'],
  'ip-filter': ['primitives', 'address'],
  'worker-pool': ['primitives'],
  bencode: ['primitives'],
  metainfo: ['primitives', 'bencode'],
  'wire-protocol': ['primitives', 'bencode'],
  utp: ['primitives'],
  'piece-picker': ['primitives'],
  chunker: ['primitives'],
  proxy: ['primitives', 'address'],
  transport: ['primitives', 'address', 'utp', 'wire-protocol', 'proxy'],
  'disk-io': ['primitives', 'worker-pool', 'metainfo'],
  discovery: ['primitives', 'address', 'bencode', 'proxy'],
  'web-seed': ['primitives', 'address', 'proxy'],
  xet: ['primitives', 'worker-pool', 'chunker'],
  core: [
    'primitives',
    'address',
    'ip-filter',
    'metainfo',
    'wire-protocol',
    'piece-picker',
    'proxy',
    'transport',
    'disk-io',
    'discovery',
    'web-seed',
    'chunker',
    'xet',
  ],
  'rpc-client': ['primitives'],
  daemon: ['primitives', 'address', 'bencode', 'metainfo', 'core', 'proxy', 'rpc-client'],
  dashboard: ['primitives', 'rpc-client'],
  web: ['rpc-client'],
  cli: [
    'daemon',
    'dashboard',
    'rpc-client',
    'primitives',
    'address',
    'metainfo',
    'disk-io',
    'discovery',
    'proxy',
    'core',
    'config',
    'chunker',
    'xet',
  ],
  config: ['primitives', 'address', 'metainfo', 'proxy', 'core'],
  testkit: ['primitives', 'rpc-client', 'wire-protocol'],
}

/** Packages without sockets, clock, randomness or disk: no node module at all. */
const PURE = ['primitives', 'address', 'ip-filter', 'bencode', 'wire-protocol', 'utp', 'piece-picker', 'chunker']

interface Manifest {
  readonly name: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

function manifest(name: string): Manifest {
  return JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8')) as Manifest
}

/** What a package may import. What is bundled into its published form is declared for development only. */
function declared(name: string): Readonly<Record<string, string>> {
  const { dependencies, devDependencies, optionalDependencies } = manifest(name)
  return { ...dependencies, ...devDependencies, ...optionalDependencies }
}

function sources(name: string): { path: string; text: string }[] {
  const folder = join(root, 'packages', name, 'src')
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => ({ path, text: readFileSync(join(folder, path), 'utf8') }))
}

function imports(text: string): string[] {
  return Array.from(
    text.matchAll(/^\s*(?:import|export)\b[^'"]*?from '([^']+)'|\bimport\('([^']+)'\)|^import '([^']+)'/gm),
    (m) => m[1] ?? m[2] ?? m[3] ?? '',
  )
}

const names = readdirSync(join(root, 'packages'))

describe('layers', () => {
  it('the table names every package', () => {
    expect(Object.keys(ALLOWED).sort()).toEqual([...names].sort())
  })

  it.each(names)('%s declares only what it may use', (name) => {
    const ours = Object.keys(declared(name)).filter((d) => d.startsWith('@ccbt/'))
    const allowed = new Set(ALLOWED[name]!.map((other) => `@ccbt/${other}`))
    expect(ours.filter((d) => !allowed.has(d))).toEqual([])
  })

  it.each(names)('%s imports only what it declares', (name) => {
    const dependencies = declared(name)
    const bad = sources(name).flatMap(({ path, text }) =>
      imports(text)
        .filter((target) => !target.startsWith('.') && !target.startsWith('node:'))
        .filter(
          (target) =>
            dependencies[
              target
                .split('/')
                .slice(0, target.startsWith('@') ? 2 : 1)
                .join('/')
            ] === undefined,
        )
        .map((target) => `${path}: ${target}`),
    )
    expect(bad).toEqual([])
  })

  it.each(PURE)('%s uses no node module', (name) => {
    const bad = sources(name).filter(({ text }) => imports(text).some((target) => target.startsWith('node:')))
    expect(bad.map(({ path }) => path)).toEqual([])
  })

  it('only bencode imports npm bencode, only discovery imports bittorrent-tracker, only config smol-toml, only dashboard blessed', () => {
    const users = (dependency: string): string[] =>
      names.filter((name) =>
        sources(name).some(({ text }) => imports(text).some((t) => t === dependency || t.startsWith(`${dependency}/`))),
      )
    expect(users('bencode')).toEqual(['bencode'])
    expect(users('bittorrent-tracker')).toEqual(['discovery'])
    expect(users('smol-toml')).toEqual(['config'])
    expect(users('blessed')).toEqual(['dashboard'])
  })

  it('nothing below the tests uses the testkit', () => {
    expect(names.filter((name) => declared(name)['@ccbt/testkit'] !== undefined)).toEqual([])
  })
})
