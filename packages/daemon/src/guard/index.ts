// For transfers without a daemon around them.

export { freeSpace } from './free-space.ts'
export { isWriting, shortageOf } from './shortage.ts'
export type { Download, Shortage } from './shortage.ts'
