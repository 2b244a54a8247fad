// What a face asks to be done to a torrent, read out of JSON.

import type { TorrentAction } from '@ccbt/rpc-client'

import { invalidRequest } from '../errors.ts'
import { flagOf, integerOf, integersOf, required, textOf, textsOf } from '../http/arguments.ts'
import type { Arguments } from '../http/arguments.ts'

const QUEUE_MOVES = ['top', 'up', 'down', 'bottom'] as const
const MAX_PRIORITY = 7

/** @throws DAEMON_REQUEST_INVALID */
export function actionOf(args: Arguments): TorrentAction {
  const type = required(textOf(args, 'type'), 'type')
  switch (type) {
    case 'start':
    case 'start-now':
    case 'pause':
    case 'verify':
    case 'reannounce':
      return { type }
    case 'remove':
      return { type, deletesData: flagOf(args, 'deletesData') ?? false }
    case 'move':
      return {
        type,
        directory: required(textOf(args, 'directory'), 'directory'),
        movesData: flagOf(args, 'movesData') ?? true,
      }
    case 'label':
      return { type, labels: required(textsOf(args, 'labels'), 'labels') }
    case 'limit':
      return { type, ...limitsOf(args) }
    case 'queue':
      return { type, to: queueMove(args) }
    case 'priority':
      return { type, files: required(integersOf(args, 'files'), 'files'), priority: priorityOf(args) }
    case 'sequential':
      return { type, isOn: required(flagOf(args, 'isOn'), 'isOn') }
    default:
      throw invalidRequest('there is no such action')
  }
}

/** Limits in bytes per second; 0 = none. @throws DAEMON_REQUEST_INVALID */
export function limitsOf(args: Arguments): { downloadLimitBps?: number; uploadLimitBps?: number } {
  const download = integerOf(args, 'downloadLimitBps')
  const upload = integerOf(args, 'uploadLimitBps')
  if ((download ?? 0) < 0 || (upload ?? 0) < 0) throw invalidRequest('a limit cannot be negative')
  return {
    ...(download === undefined ? {} : { downloadLimitBps: download }),
    ...(upload === undefined ? {} : { uploadLimitBps: upload }),
  }
}

function queueMove(args: Arguments): (typeof QUEUE_MOVES)[number] {
  const to = QUEUE_MOVES.find((move) => move === args['to'])
  return required(to, 'to (top, up, down or bottom)')
}

function priorityOf(args: Arguments): number {
  const priority = required(integerOf(args, 'priority'), 'priority')
  if (priority >= 0 && priority <= MAX_PRIORITY) return priority
  throw invalidRequest('priority must be 0 to 7')
}
