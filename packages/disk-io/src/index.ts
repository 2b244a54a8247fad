import './errors.ts'

export { createDiskIo } from './disk-io.ts'
export type { DiskIo, DiskIoOptions, DiskObserver, DiskStats, HashFilesOptions } from './disk-io.ts'
export type { AlignedFile, HashBlocksOptions } from './leaf-runs.ts'
export { freeBytes } from './free-space.ts'
export type { FileState, PieceTree } from './jobs.ts'
export type { FilePlace, MoveItem } from './move-files.ts'
export type { PartialRecord } from './partial-record.ts'
export type { ResumeKey } from './resume-key.ts'
export { decodeResumeRecord, encodeResumeRecord } from './resume-record.ts'
export type { ResumeRecord } from './resume-record.ts'
export { createResumeStore } from './resume-store.ts'
export type { ResumeStore } from './resume-store.ts'
export { lockSavePath, SavePathLocks } from './save-path-lock.ts'
export type { SavePathLock } from './save-path-lock.ts'
export type {
  CloneSource,
  PartialPiece,
  PieceStore,
  PieceVerdict,
  RecheckOptions,
  StoreFile,
  StoreOptions,
  StorePlace,
  Unsubscribe,
} from './store-types.ts'
