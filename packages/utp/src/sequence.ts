// Arithmetic modulo 2^16 and 2^32: sequence numbers and timestamps wrap, and are compared by their distance.

/** How far the sequence number `a` is ahead of `b`: -32768 to 32767. */
export function sequenceDistance(a: number, b: number): number {
  return ((a - b) << 16) >> 16
}

/** The sequence number `steps` after `sequence`. */
export function sequenceAfter(sequence: number, steps: number): number {
  return (sequence + steps) & 0xffff
}

/** How far the 32-bit microseconds `a` are ahead of `b`; negative when behind. */
export function microsDistance(a: number, b: number): number {
  return (a - b) | 0
}
