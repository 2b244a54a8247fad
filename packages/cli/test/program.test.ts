import { describe, expect, it } from 'vitest'
import { createProgram } from '../src/program.ts'

/** The usage error that the arguments cause. */
function problem(...argv: string[]): unknown {
  try {
    createProgram(() => {}).parse(argv, { from: 'user' })
    return undefined
  } catch (error) {
    return error
  }
}

describe('wrong arguments are refused before anything runs', () => {
  it.each([
    ['ad', 'x.torrent'],
    ['add'],
    ['add', 'a.torrent', 'b.torrent'],
    ['add', 'a.torrent', '--bogus'],
    ['add', 'a.torrent', '--port', '70000'],
    ['add', 'a.torrent', '--port', 'x'],
    ['add', 'a.torrent', '--bind', 'eth0'],
    ['add', 'a.torrent', '--peer', 'host'],
    ['add', 'a.torrent', '--peer', '::1:80'],
    ['add', 'a.torrent', '--peer', '1.2.3.4:0'],
    ['add', 'a.torrent', '--max-peers', '0'],
    ['add', 'a.torrent', '--download-limit', '10X'],
    ['add', 'a.torrent', '--upload-limit', '-5'],
    ['add', 'a.torrent', '--encryption', 'sometimes'],
    ['add', 'a.torrent', '--preallocate', 'half'],
    ['add', 'a.torrent', '--seed-ratio', 'much'],
    ['add', 'a.torrent', '--seed-time', '5y'],
    ['add', 'a.torrent', '--check', '--skip-check'],
    ['create', 'x', '--piece-size', '1M'],
    ['create', 'x', '--piece-size', '8KiB'],
    ['create', 'x', '--piece-size', '512MiB'],
    ['create', 'x', '--tracker', 'file:///etc/passwd'],
    ['create', 'x', '--tracker', 'example.org'],
    ['create', 'x', '--tracker', 'http://a.example/,file:///etc/passwd'],
    ['create', 'x', '--webseed', 'udp://x:1'],
    ['create', 'x', '--webseed', 'ftp://x/'],
    ['create', 'x', '--v1', '--v2'],
    ['create', 'x', '--v2', '--hybrid'],
    ['create', 'x', '--similar', 'abc'],
    ['create', 'x', '--date', 'yesterday'],
    ['create', 'x', '--date', '2026-13-01'],
    ['edit'],
    ['edit', 'a.torrent', '--add-tracker', 'nothing'],
    ['add', 'a.torrent', '--webseed', 'ftp://x/'],
    ['tracker', '--interval', '0'],
    ['verify'],
  ])('ccbt %s %s %s %s', (...argv) => {
    const words = argv.filter((word) => word !== undefined)
    expect(problem(...words)).toMatchObject({ exitCode: 1, code: expect.stringMatching(/^commander\./) })
  })
})
