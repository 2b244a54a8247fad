import { describe, expect, it } from 'vitest'

import { SendWindow } from '../src/peer/send-window.ts'

const KIB = 1024

describe('the send window', () => {
  it('doubles each time that the socket runs empty within half a second, up to 1 MiB', () => {
    const window = new SendWindow()
    const seen = [window.bytes / KIB]
    for (let i = 0; i < 6; i++) {
      window.filled(i * 100)
      window.drained(i * 100 + 99)
      seen.push(window.bytes / KIB)
    }
    expect(seen).toEqual([64, 128, 256, 512, 1024, 1024, 1024])
    window.filled(1000)
    window.drained(1500)
    expect(window.bytes).toBe(1024 * KIB)
  })

  it('does not grow for a peer that takes longer', () => {
    const window = new SendWindow()
    window.filled(0)
    window.drained(500)
    expect(window.bytes).toBe(64 * KIB)
  })

  it.each([
    [0, 64],
    [10 * KIB, 64],
    [1024 * KIB, 512],
    [1024 * 1024 * KIB, 1024],
  ])('at %i bytes per second holds %i KiB', (bps, kib) => {
    const window = new SendWindow()
    window.tick(bps)
    expect(window.bytes).toBe(kib * KIB)
  })
})
