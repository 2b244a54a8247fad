import './errors.ts'

export { loadBlake3 } from './blake3.ts'
export type { Blake3, Blake3Engine } from './blake3.ts'
export { createFileChunker } from './file-chunker.ts'
export type { ChunkFileOptions, FileChunker, FileChunkerOptions, FileChunks } from './file-chunker.ts'
export { loadHashSuite, SUITE_IDS } from './suites.ts'
export type { SuiteName } from './suites.ts'
