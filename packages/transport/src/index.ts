export type { ByteStream, StreamHandler } from './byte-stream.ts'
export { createSocketFactory } from './socket-factory.ts'
export type { DialOptions, Listener, SocketFactory, SocketFactoryOptions } from './socket-factory.ts'
export type { TransportErrorCode } from './errors.ts'
