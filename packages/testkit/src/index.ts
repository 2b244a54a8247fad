export { scaledClock } from './scaled-clock.ts'
export { silentWire } from './silent-wire.ts'
export { someRow, someSession } from './views.ts'
export { VirtualClock } from './virtual-clock.ts'
