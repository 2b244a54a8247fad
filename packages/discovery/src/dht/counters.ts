// What a node has seen and done, in numbers that only grow.

/** Why a datagram was not acted upon. */
export type DropReason =
  | 'bad address'
  | 'blocked source'
  | 'too many messages'
  | 'invalid'
  | 'unknown transaction'
  | 'reply budget'
  | 'read-only'

/** Kinds of questions; `other` are those nobody has defined. */
export type QueryKind =
  | 'ping'
  | 'find_node'
  | 'get_peers'
  | 'announce_peer'
  | 'get'
  | 'put'
  | 'sample_infohashes'
  | 'other'

/** Numbers since the start of the node. */
export interface Counters {
  /** Questions of others, and what was answered to ours. */
  readonly received: Record<QueryKind | 'answer' | 'refusal', number>
  /** Our own questions, and what we answered. */
  readonly sent: Record<QueryKind | 'answer' | 'refusal', number>
  readonly dropped: Record<DropReason, number>
  receivedBytes: number
  sentBytes: number
}

/** All zero. */
export function createCounters(): Counters {
  const kinds = {
    ping: 0,
    find_node: 0,
    get_peers: 0,
    announce_peer: 0,
    get: 0,
    put: 0,
    sample_infohashes: 0,
    other: 0,
    answer: 0,
    refusal: 0,
  }
  const dropped = {
    'bad address': 0,
    'blocked source': 0,
    'too many messages': 0,
    invalid: 0,
    'unknown transaction': 0,
    'reply budget': 0,
    'read-only': 0,
  }
  return { received: { ...kinds }, sent: { ...kinds }, dropped, receivedBytes: 0, sentBytes: 0 }
}

/** The kind of a question by the name of its method. */
export function queryKind(method: string): QueryKind {
  switch (method) {
    case 'ping':
    case 'find_node':
    case 'get_peers':
    case 'announce_peer':
    case 'get':
    case 'put':
    case 'sample_infohashes':
      return method
    default:
      return 'other'
  }
}
