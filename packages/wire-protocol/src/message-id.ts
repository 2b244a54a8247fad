// Message ids (BEP 3, 5, 6, 10, 52) and the lengths of those that always have the same.

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
  hashRequest: 21,
  hashes: 22,
  hashReject: 23,
} as const

/** Length prefix of each fixed-size message by id; 0 = the length varies or the id is unknown. */
export const FIXED_LENGTHS: Uint8Array = fixedLengths()

function fixedLengths(): Uint8Array {
  const lengths = new Uint8Array(256)
  const { choke, unchoke, interested, notInterested, haveAll, haveNone } = MessageId
  for (const id of [choke, unchoke, interested, notInterested, haveAll, haveNone]) lengths[id] = 1
  for (const id of [MessageId.have, MessageId.suggest, MessageId.allowedFast]) lengths[id] = 5
  for (const id of [MessageId.request, MessageId.cancel, MessageId.reject]) lengths[id] = 13
  lengths[MessageId.port] = 3
  return lengths
}
