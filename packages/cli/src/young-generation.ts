// Bounds the young generation of the heap. Loading thousands of torrents at once makes V8 let it grow to 128 MiB, of which
// it gives nothing back.

import { PerformanceObserver } from 'node:perf_hooks'
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'

/** Ends its growth once it has so many bytes. The size at most cannot be set any more when a program runs. */
export function boundYoungGeneration(enoughBytes: number): void {
  const observer = new PerformanceObserver(() => {
    if (youngBytes() < enoughBytes) return
    setFlagsFromString('--semi-space-growth-factor=1')
    observer.disconnect()
  })
  observer.observe({ entryTypes: ['gc'] })
}

function youngBytes(): number {
  return getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space')?.space_size ?? 0
}
