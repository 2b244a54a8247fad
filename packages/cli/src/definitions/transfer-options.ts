// The options that `add`, `seed` and `stream` have in common.

import { Option } from 'commander'
import type { Command } from 'commander'
import {
  address,
  path,
  peer,
  peerCount,
  port,
  proxy,
  proxyFor,
  rate,
  ratio,
  slotCount,
  time,
} from './argument-parsers.ts'
import { addConfigOptions } from './config-options.ts'

/** All of them, behind those that a command has of its own. */
export function addTransferOptions(command: Command): Command {
  addSeedGoalOptions(command)
  addStorageOptions(command)
  addConfigOptions(command)
  addNetworkOptions(command)
  return addTransferOutputOptions(command)
}

/** Where to listen, whom to talk to and how fast. */
export function addNetworkOptions(command: Command): Command {
  return command
    .optionsGroup('Network:')
    .option('--port <n>', 'port for incoming connections; 0 = any free one', port, 0)
    .option('--bind <address>', 'local address of every connection (default: all)', address)
    .addOption(
      new Option('--interface <name>', 'network interface of every connection, such as tun0 (default: all)').conflicts(
        'bind',
      ),
    )
    .option('--proxy <url>', 'send everything through socks5://user:password@host:port or http://host:port', proxy)
    .option('--proxy-for <list>', 'only these through the proxy: peers, trackers, web (default: all)', proxyFor)
    .option('--peer <host:port>', 'connect to this peer at once; repeatable', peer)
    .option('--ip-filter <file>', 'no peers with addresses that are listed here; repeatable', path)
    .option('--max-peers <n>', 'connections at most (default: 80)', peerCount)
    .option('--download-limit <rate>', 'bytes per second, such as 10M or 1.5MiB; 0 = none', rate)
    .option('--upload-limit <rate>', 'bytes per second; 0 = none', rate)
    .option('--upload-slots <n>', 'peers that may download at a time; 0 = nobody (default: by the rate)', slotCount)
    .addOption(
      new Option('--encryption <mode>', 'whether connections to peers are encrypted (default: allowed)').choices([
        'disabled',
        'allowed',
        'preferred',
        'required',
      ]),
    )
    .option('--no-utp', 'connect to peers over TCP only')
    .option('--no-tcp', 'connect to peers over uTP only')
    .option('--no-dht', 'do not look for peers in the DHT')
    .option('--dht-bootstrap <host:port>', 'ask this node instead of the public ones; repeatable', peer)
    .option('--no-lsd', 'do not look for peers on the local network')
    .addOption(new Option('--lsd', 'look for peers on the local network (default)').default(true))
    .option('--no-pex', 'exchange no addresses with peers')
    .option('--no-port-mapping', 'do not ask the gateway to let peers in')
    .option('--xet', 'take what is in files here already instead of downloading it; remembers complete files')
}

/** When seeding ends by itself. */
function addSeedGoalOptions(command: Command): Command {
  return command
    .option('--seed-ratio <n>', 'stop seeding when uploaded / size reaches this', ratio)
    .option('--seed-time <time>', 'stop seeding after this long: 90s, 30m, 12h, 7d', time)
}

/** Whether data that is already there is hashed, and where state is kept. */
function addStorageOptions(command: Command): Command {
  return command
    .addOption(new Option('--check', 'hash everything that is already there').conflicts('skipCheck'))
    .option('--skip-check', 'believe that complete files are right')
    .option('--state-dir <dir>', 'resume records and locks (default: $XDG_STATE_HOME/ccbt or ~/.local/state/ccbt)')
}

/** The form of the output. */
export function addOutputOptions(command: Command): Command {
  return command
    .optionsGroup('Output:')
    .option('--json', 'one JSON object per line on stdout')
    .option('-q, --quiet', 'say nothing but errors')
}

/** The form of the output of a transfer. */
function addTransferOutputOptions(command: Command): Command {
  return addOutputOptions(command)
    .addOption(new Option('--verbose', 'tell everything that happens, such as why peers leave').conflicts('quiet'))
    .option('--metrics <host:port>', 'serve metrics for Prometheus there; repeatable', peer)
}
