export { allowedFastSet } from './allowed-fast.ts'
export type { AllowedFastOptions } from './allowed-fast.ts'
export { createDecoder } from './decoder.ts'
export type { DecoderOptions, WireDecoder } from './decoder.ts'
export { createEncoder, encodePieceHeader } from './encoder.ts'
export type { BlockPlace, WireEncoder } from './encoder.ts'
export type { WireErrorCode } from './errors.ts'
export { DONT_HAVE, encodeDontHave, parseDontHave } from './extension/dont-have.ts'
export { encodeExtensionHandshake, parseExtensionHandshake } from './extension/extension-handshake.ts'
export type { ExtensionHandshake } from './extension/extension-handshake.ts'
export { createExtensionTable } from './extension/table.ts'
export type { ExtensionTable } from './extension/table.ts'
export { encodeHolepunch, HolepunchError, parseHolepunch, UT_HOLEPUNCH } from './extension/ut-holepunch.ts'
export type { HolepunchMessage } from './extension/ut-holepunch.ts'
export {
  encodeMetadataMessage,
  MAX_METADATA_BYTES,
  METADATA_PIECE_BYTES,
  metadataPieceLength,
  parseMetadataMessage,
  UT_METADATA,
} from './extension/ut-metadata.ts'
export type { MetadataMessage } from './extension/ut-metadata.ts'
export { encodePex, MAX_PEX_PEERS, parsePex, PexFlag, UT_PEX } from './extension/ut-pex.ts'
export type { PexMessage, PexPeer } from './extension/ut-pex.ts'
export {
  encodeXet,
  MAX_BLOCK_HASHES,
  MAX_DATA_PART,
  MAX_MAP_PART,
  MAX_PLACES,
  MAX_QUERY_HASHES,
  parseXet,
  XetCodec,
  XetReject,
} from './extension/xet.ts'
export type { XetFileName, XetMessage, XetPlace } from './extension/xet.ts'
export { CC_XET } from './extension/xet-abilities.ts'
export type { XetAbilities } from './extension/xet-abilities.ts'
export { encodeHandshake, HANDSHAKE_BYTES, makeReserved, parseReserved } from './handshake.ts'
export type { Handshake, ReservedBits } from './handshake.ts'
export type { WireHandler } from './handler.ts'
export { readHashMessage } from './hash-messages.ts'
export type { HashMessageHandler } from './hash-messages.ts'
export { PIECE_HEADER_BYTES } from './limits.ts'
export type { WireLimits } from './limits.ts'
export { MessageId } from './message-id.ts'
export type { IncomingCipher, MseAgreement, MseFailure, MseNegotiation, MseOutcome, MseStep } from './mse/handshake.ts'
export type { MseInitiator, MseInitiatorOptions } from './mse/initiator.ts'
export type { CryptoMethod } from './mse/methods.ts'
export { createMse } from './mse/mse.ts'
export type { Mse } from './mse/mse.ts'
export { createRc4Engine } from './mse/rc4.ts'
export type { Rc4, Rc4Engine } from './mse/rc4.ts'
export type { MseReceiverOptions } from './mse/receiver.ts'
export type { MseCrypto } from './mse/secrets.ts'
export { clientName, makePeerId } from './peer-id.ts'
