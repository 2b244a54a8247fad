// The keys of `session-get`. Clients index them without looking whether they are there.

import type { Engine } from '../engine/engine.ts'
import type { Arguments } from '../http/arguments.ts'

/** The version of Transmission's interface that this is: tremc refuses above 19, and asks for other names at 18. */
const RPC_VERSION = 17
const RPC_VERSION_MINIMUM = 14

/** All of them. */
export function sessionFields(engine: Engine): Arguments {
  return {
    version: '4.0.6 (ccbt)',
    'rpc-version': RPC_VERSION,
    'rpc-version-minimum': RPC_VERSION_MINIMUM,
    'rpc-version-semver': '5.3.0',
    'download-dir': engine.downloadDirectory,
    'peer-port': engine.session.snapshot().port,
  }
}
