import { describe, expect, it } from 'vitest'

import { isExpectedHost } from '../src/http/host-guard.ts'

const names = ['box.example']

describe('host and origin', () => {
  it.each([
    { host: '127.0.0.1:9091' },
    { host: '[::1]:9091' },
    { host: 'localhost' },
    { host: 'LOCALHOST:9091' },
    { host: 'box.example' },
    { host: '127.0.0.1:9091', origin: 'http://127.0.0.1:9091' },
    // A reverse proxy asks by address for a page that has a name.
    { host: '127.0.0.1:9091', origin: 'https://box.example' },
    { host: 'box.example', 'sec-fetch-site': 'same-origin' },
    { host: 'box.example', 'sec-fetch-site': 'none' },
    { host: 'box.example', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' },
  ])('%j is expected', (headers) => {
    expect(isExpectedHost(headers, names)).toBe(true)
  })

  it.each([
    {},
    { host: '' },
    { host: 'evil.example' },
    { host: 'box.example.evil.example' },
    { host: 'evil.example:80@box.example' },
    { host: '127.0.0.1.evil.example:9091' },
    { host: 'localhost.' },
    { host: 'box.example, evil.example' },
    { host: '[::1' },
    { host: '127.0.0.1:9091:1' },
    { host: '127.0.0.1:9091', origin: 'http://evil.example' },
    { host: '127.0.0.1:9091', origin: 'http://127.0.0.1:8080' },
    { host: '127.0.0.1:9091', origin: 'null' },
    { host: '127.0.0.1:9091', origin: '' },
    { host: '127.0.0.1:9091', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' },
    { host: '127.0.0.1:9091', 'sec-fetch-site': 'same-site' },
    { host: 'box.example', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' },
  ])('%j is not', (headers) => {
    expect(isExpectedHost(headers, names)).toBe(false)
  })
})
