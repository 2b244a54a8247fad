import { isCcbtError } from '@ccbt/primitives'

export * from '../src/index.ts'

export function isWireError(error: unknown): boolean {
  return isCcbtError(error) && error.code.startsWith('WIRE_') && error.blame === 'peer'
}
