// Bounds what a heap may grow by between two full collections. V8 lets it become four times what lives in it as long as
// collecting takes little time: 100 MiB of thousands of torrents grow to 430 with what their lists leave behind.

import { setFlagsFromString } from 'node:v8'

/** From the next full collection on it begins another one when the heap is so many percent larger than what was left. */
export function boundHeapGrowth(percent: number): void {
  setFlagsFromString(`--heap-growing-percent=${percent}`)
}
