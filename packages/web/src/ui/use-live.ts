// The daemon's state as the components see it: renders again with every change, and once a second for the graphs.

import { useEffect, useState } from 'preact/hooks'

import { follow } from '../daemon/live.ts'
import { RateHistory } from '../model/rate-history.ts'
import { TorrentBook } from '../model/torrent-book.ts'

const SAMPLE_MS = 1000

/** What the page shows. The objects stay the same; `tick` tells that they changed. */
export interface Live {
  readonly book: TorrentBook
  readonly history: RateHistory
  readonly connection: 'connecting' | 'connected' | 'lost'
  readonly tick: number
}

/** Follows the daemon as long as the component is there. */
export function useLive(): Live {
  const [book] = useState(() => new TorrentBook())
  const [history] = useState(() => new RateHistory())
  const [connection, setConnection] = useState<Live['connection']>('connecting')
  const [tick, setTick] = useState(0)
  useEffect(() => {
    const render = (): void => setTick((tick) => tick + 1)
    const stop = follow(
      (delta) => {
        book.apply(delta)
        render()
      },
      (isThere) => setConnection(isThere ? 'connected' : 'lost'),
    )
    const timer = setInterval(() => {
      if (book.session !== undefined) history.sample(book.rows, book.session)
      render()
    }, SAMPLE_MS)
    return () => {
      stop()
      clearInterval(timer)
    }
  }, [book, history])
  return { book, history, connection, tick }
}
