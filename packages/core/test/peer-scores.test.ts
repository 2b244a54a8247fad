import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { countQualities, scoresOf } from '../src/peer/peer-scores.ts'
import type { Scored } from '../src/peer/peer-scores.ts'
import { RequestWindow } from '../src/peer/request-window.ts'
import { RateMeter } from '../src/stats/rate-meter.ts'

interface Past {
  readonly downloaded: number
  readonly uploaded: number
  readonly unrequested: number
  readonly rejected: number
  readonly isSnubbed: boolean
}

function connection({ downloaded, uploaded, unrequested, rejected, isSnubbed }: Past): Scored {
  const [downloadMeter, uploadMeter, window] = [new RateMeter(), new RateMeter(), new RequestWindow()]
  downloadMeter.add(downloaded)
  uploadMeter.add(uploaded)
  downloadMeter.tick(1000)
  uploadMeter.tick(1000)
  if (isSnubbed) window.snub()
  return { downloadMeter, uploadMeter, window, unrequested, rejected, known: undefined }
}

const NOTHING: Past = { downloaded: 0, uploaded: 0, unrequested: 0, rejected: 0, isSnubbed: false }
const PAST = fc.record({
  downloaded: fc.nat(1e9),
  uploaded: fc.nat(1e9),
  unrequested: fc.nat(1000),
  rejected: fc.nat(1000),
  isSnubbed: fc.boolean(),
})

describe('the scores of a connection', () => {
  it('are those of a stranger at first', () => {
    expect(scoresOf(connection(NOTHING))).toEqual({ quality: 0, reliability: 1 })
  })

  it('are shares, and fall with what is bad', () => {
    fc.assert(
      fc.property(PAST, (past) => {
        const { quality, reliability } = scoresOf(connection(past))
        for (const score of [quality, reliability]) expect(score >= 0 && score <= 1).toBe(true)
        expect(scoresOf(connection({ ...past, unrequested: past.unrequested + 1 })).reliability).toBeLessThan(
          reliability,
        )
        expect(scoresOf(connection({ ...past, downloaded: past.downloaded * 2 })).quality).toBeGreaterThanOrEqual(
          quality,
        )
        expect(scoresOf(connection({ ...past, isSnubbed: true })).quality).toBeLessThanOrEqual(quality)
      }),
    )
  })

  it('put every connection into one class', () => {
    fc.assert(
      fc.property(fc.array(PAST), (pasts) => {
        const counts = { idle: 0, poor: 0, fair: 0, good: 0 }
        countQualities(pasts.map(connection), counts)
        expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBe(pasts.length)
      }),
    )
  })
})
