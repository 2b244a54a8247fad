export { scaledClock } from './scaled-clock.ts'
export { VirtualClock } from './virtual-clock.ts'
