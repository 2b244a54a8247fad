export type { ByteStream, StreamHandler } from './byte-stream.ts'
export { createEncryption } from './encryption.ts'
export type {
  Encryption,
  EncryptionMode,
  EncryptionParts,
  IncomingOptions,
  IncomingResult,
  OutgoingOptions,
} from './encryption.ts'
export type { CreateMse } from './mse-port.ts'
export { createSocketFactory } from './socket-factory.ts'
export type { DialOptions, Listener, SocketFactory, SocketFactoryOptions } from './socket-factory.ts'
export type { TransportErrorCode } from './errors.ts'
export { createUtpFactory } from './utp/utp-factory.ts'
export type { UtpFactoryOptions } from './utp/utp-factory.ts'
