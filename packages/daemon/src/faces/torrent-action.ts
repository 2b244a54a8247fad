// What a face asks to be done to a torrent, read out of JSON.

import type { LabelLimitChange, TorrentAction } from '@ccbt/rpc-client'

import { invalidRequest } from '../errors.ts'
import { flagOf, integerOf, integersOf, required, textOf, textsOf } from '../http/arguments.ts'
import type { Arguments } from '../http/arguments.ts'

const QUEUE_MOVES = ['top', 'up', 'down', 'bottom'] as const
const MAX_PRIORITY = 7

/** How the action of each type is read. */
const READERS: { readonly [Type in TorrentAction['type']]: (args: Arguments) => TorrentAction } = {
  start: () => ({ type: 'start' }),
  'start-now': () => ({ type: 'start-now' }),
  pause: () => ({ type: 'pause' }),
  verify: () => ({ type: 'verify' }),
  reannounce: () => ({ type: 'reannounce' }),
  remove: (args) => ({ type: 'remove', deletesData: flagOf(args, 'deletesData') ?? false }),
  move: (args) => ({
    type: 'move',
    directory: required(textOf(args, 'directory'), 'directory'),
    movesData: flagOf(args, 'movesData') ?? true,
  }),
  label: (args) => ({ type: 'label', labels: required(textsOf(args, 'labels'), 'labels') }),
  limit: (args) => ({ type: 'limit', ...limitsOf(args) }),
  queue: (args) => ({ type: 'queue', to: queueMove(args) }),
  priority: (args) => ({
    type: 'priority',
    files: required(integersOf(args, 'files'), 'files'),
    priority: priorityOf(args),
  }),
  sequential: (args) => ({ type: 'sequential', isOn: required(flagOf(args, 'isOn'), 'isOn') }),
  trackers: (args) => ({ type: 'trackers', tiers: tiersOf(args) }),
  rename: (args) => ({
    type: 'rename',
    path: required(textOf(args, 'path'), 'path'),
    name: required(textOf(args, 'name'), 'name'),
  }),
}

/** @throws DAEMON_REQUEST_INVALID */
export function actionOf(args: Arguments): TorrentAction {
  const type = required(textOf(args, 'type'), 'type')
  if (!isAction(type)) throw invalidRequest('there is no such action')
  return READERS[type](args)
}

function isAction(type: string): type is TorrentAction['type'] {
  return Object.hasOwn(READERS, type)
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

/** Limits of a label: null = as the configuration has it. @throws DAEMON_REQUEST_INVALID */
export function labelLimitsOf(args: Arguments): LabelLimitChange {
  const rates = Object.fromEntries(Object.entries(args).filter(([, value]) => value !== null))
  return {
    ...limitsOf(rates),
    ...(args['downloadLimitBps'] === null ? { downloadLimitBps: null } : {}),
    ...(args['uploadLimitBps'] === null ? { uploadLimitBps: null } : {}),
  }
}

/** A list of URLs for each tier. */
function tiersOf({ tiers }: Arguments): string[][] {
  if (!Array.isArray(tiers)) throw invalidRequest('tiers must be a list of lists')
  return tiers.map((tier: unknown) => required(textsOf({ tier }, 'tier'), 'tier'))
}

function queueMove(args: Arguments): (typeof QUEUE_MOVES)[number] | number {
  const { to } = args
  if (typeof to === 'number' && Number.isSafeInteger(to) && to > 0) return to
  const move = QUEUE_MOVES.find((move) => move === to)
  return required(move, 'to (top, up, down, bottom or a position)')
}

function priorityOf(args: Arguments): number {
  const priority = required(integerOf(args, 'priority'), 'priority')
  if (priority >= 0 && priority <= MAX_PRIORITY) return priority
  throw invalidRequest('priority must be 0 to 7')
}
