// Message ids: BEP 3, 5, 6, 10.

/** The id byte of each message. */
export const MessageId = {
  choke: 0,
  unchoke: 1,
  interested: 2,
  notInterested: 3,
  have: 4,
  bitfield: 5,
  request: 6,
  piece: 7,
  cancel: 8,
  port: 9,
  suggest: 13,
  haveAll: 14,
  haveNone: 15,
  reject: 16,
  allowedFast: 17,
  extended: 20,
} as const

const FIXED = new Map<number, number>([
  [MessageId.choke, 1],
  [MessageId.unchoke, 1],
  [MessageId.interested, 1],
  [MessageId.notInterested, 1],
  [MessageId.haveAll, 1],
  [MessageId.haveNone, 1],
  [MessageId.have, 5],
  [MessageId.suggest, 5],
  [MessageId.allowedFast, 5],
  [MessageId.port, 3],
  [MessageId.request, 13],
  [MessageId.cancel, 13],
  [MessageId.reject, 13],
])

/** Length prefix of a message that always has the same, or undefined. */
export function fixedLength(id: number): number | undefined {
  return FIXED.get(id)
}
