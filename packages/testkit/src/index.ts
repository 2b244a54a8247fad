export { scaledClock } from './scaled-clock.ts'
export { silentWire } from './silent-wire.ts'
export { VirtualClock } from './virtual-clock.ts'
