// The stream of changes. The browser reconnects by itself, and every connection begins with everything.

import type { StateChanges, StateDelta } from '@ccbt/rpc-client'
import { RowMerger } from '@ccbt/rpc-client/row-merger'

/** Between two changes that are told. */
const INTERVAL_MS = 1000
/** A browser gives up on a stream that is refused (a proxy's 502, a login that ended): try again after this. */
const RETRY_MS = 3000

/** Follows the daemon until the returned function is called. */
export function follow(onDelta: (delta: StateDelta) => void, onConnection: (isThere: boolean) => void): () => void {
  let source: EventSource | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  const open = (): void => {
    const opened = new EventSource(`ccbt/events?interval=${INTERVAL_MS}&rows=changes`)
    const merger = new RowMerger()
    source = opened
    const openAgain = (): void => {
      opened.close()
      timer = setTimeout(open, RETRY_MS)
    }
    opened.addEventListener('state', (event: MessageEvent<string>) => {
      const delta = merger.merge(JSON.parse(event.data) as StateChanges)
      if (delta !== undefined) onDelta(delta)
      else openAgain()
      onConnection(delta !== undefined)
    })
    opened.addEventListener('error', () => {
      onConnection(false)
      if (opened.readyState === EventSource.CLOSED) openAgain()
    })
  }
  open()
  return () => {
    clearTimeout(timer)
    source?.close()
  }
}
