// oxlint-disable max-lines -- a table of the settings, one entry each, is read by looking up
// Every setting there is: the one place that says its name, type, bounds, default, scope and meaning. Files, variables,
// arguments, `ccbt config`, the reference page and the JSON schema all follow this table; a new setting is one entry
// here and its use in options.ts.

import type { ValueSpec } from './value.ts'

/** A setting: its type, whom it is for and when a change counts. */
export type KeySpec = ValueSpec & {
  /** `torrent`: may differ from torrent to torrent, and may then stand in rules and torrents' own files. */
  readonly scope: 'session' | 'torrent'
  /** `live`: a change counts at once. `restart`: for what is started afterwards. */
  readonly apply: 'live' | 'restart'
  /** It is believed from files that people write and from nowhere else: what it names is run. */
  readonly isFileOnly?: true
  /** One line without a full stop; the default and the bounds are not repeated in it. */
  readonly description: string
}

/** The entries as literals, from which the types of the values follow. */
export const TABLE = {
  'network.port': {
    type: 'integer',
    min: 0,
    max: 65_535,
    default: 0,
    scope: 'session',
    apply: 'restart',
    description: 'port for incoming connections; 0 = any free one',
  },
  'network.bind': {
    type: 'ip',
    scope: 'session',
    apply: 'restart',
    description: 'local address of every connection; not set = all',
  },
  'network.interface': {
    type: 'text',
    maxLength: 64,
    scope: 'session',
    apply: 'restart',
    description: 'network interface whose addresses all connections have, before `bind`; not set = all',
  },
  'network.tcp': {
    type: 'boolean',
    default: true,
    scope: 'session',
    apply: 'restart',
    description: 'connect to peers over TCP',
  },
  'network.utp': {
    type: 'boolean',
    default: true,
    scope: 'session',
    apply: 'restart',
    description: 'connect to peers over uTP (UDP) where TCP does not get through',
  },
  'network.encryption': {
    type: 'choice',
    choices: ['disabled', 'allowed', 'preferred', 'required'],
    default: 'allowed',
    scope: 'torrent',
    apply: 'restart',
    description: 'whether connections to peers are encrypted; required = with nobody who does not',
  },
  'network.user_agent': {
    type: 'text',
    maxLength: 100,
    scope: 'session',
    apply: 'restart',
    description: 'name and version of the client that peers and trackers see; not set = that of ccbt',
  },
  'proxy.url': {
    type: 'proxy',
    scope: 'session',
    apply: 'restart',
    description: 'proxy that carries the traffic of `proxy.for`, which then never goes around it; not set = none',
  },
  'proxy.for': {
    type: 'list',
    items: 'traffic',
    maxItems: 3,
    default: ['peers', 'trackers', 'web'],
    scope: 'session',
    apply: 'restart',
    description: 'what the proxy carries: peers with the DHT, announces, web seeds and torrents from the web',
  },
  'dht.enabled': {
    type: 'boolean',
    default: true,
    scope: 'torrent',
    apply: 'restart',
    description: 'look for peers of public torrents in the DHT; off for all = for no torrent',
  },
  'dht.bootstrap': {
    type: 'list',
    items: 'endpoint',
    maxItems: 100,
    default: [
      'dht.libtorrent.org:25401',
      'router.bittorrent.com:6881',
      'router.utorrent.com:6881',
      'dht.transmissionbt.com:6881',
    ],
    scope: 'session',
    apply: 'restart',
    description: 'nodes that are asked when none is known from an earlier run',
  },
  'lsd.enabled': {
    type: 'boolean',
    default: true,
    scope: 'torrent',
    apply: 'restart',
    description: 'look for peers of public torrents on the local network; off for all = for no torrent',
  },
  'xet.enabled': {
    type: 'boolean',
    default: false,
    scope: 'session',
    apply: 'restart',
    description:
      'find data of new torrents in files that are here already, and tell peers of public torrents of chunks',
  },
  'xet.share': {
    type: 'boolean',
    default: false,
    scope: 'session',
    apply: 'restart',
    description: 'give content of public torrents to anybody who names its hash; includes `xet.enabled`',
  },
  'xet.announce': {
    type: 'integer',
    min: 0,
    max: 1200,
    default: 0,
    scope: 'session',
    apply: 'restart',
    description:
      'announce so many hashes of content at most in the DHT, where all see what is here; more than 0 includes `xet.share`',
  },
  'xet.trackers': {
    type: 'list',
    items: 'tracker',
    maxItems: 5,
    scope: 'session',
    apply: 'restart',
    description: 'announce the same hashes on each of these trackers too',
  },
  'pex.enabled': {
    type: 'boolean',
    default: true,
    scope: 'torrent',
    apply: 'restart',
    description: 'exchange addresses with the peers of public torrents; off for all = for no torrent',
  },
  'port_mapping.enabled': {
    type: 'boolean',
    default: true,
    scope: 'session',
    apply: 'restart',
    description: 'ask the gateway to let peers in',
  },
  'limits.download': {
    type: 'rate',
    min: '0',
    max: '1T',
    default: '0',
    scope: 'session',
    apply: 'live',
    description: 'bytes per second over all torrents; 0 = no limit',
  },
  'limits.upload': {
    type: 'rate',
    min: '0',
    max: '1T',
    default: '0',
    scope: 'session',
    apply: 'live',
    description: 'bytes per second over all torrents; 0 = no limit',
  },
  'limits.torrent_download': {
    type: 'rate',
    min: '0',
    max: '1T',
    default: '0',
    scope: 'torrent',
    apply: 'live',
    description: 'bytes per second of each torrent; 0 = no limit of its own',
  },
  'limits.torrent_upload': {
    type: 'rate',
    min: '0',
    max: '1T',
    default: '0',
    scope: 'torrent',
    apply: 'live',
    description: 'bytes per second of each torrent; 0 = no limit of its own',
  },
  'limits.local_download': {
    type: 'rate',
    min: '0',
    max: '1T',
    scope: 'session',
    apply: 'live',
    description:
      'bytes per second from peers of the local network, which then count for no other limit; 0 = no limit; not set = as all peers',
  },
  'limits.local_upload': {
    type: 'rate',
    min: '0',
    max: '1T',
    scope: 'session',
    apply: 'live',
    description:
      'bytes per second to peers of the local network, which then count for no other limit; 0 = no limit; not set = as all peers',
  },
  'limits.alternative_download': {
    type: 'rate',
    min: '0',
    max: '1T',
    scope: 'session',
    apply: 'live',
    description: 'bytes per second over all torrents at the alternative hours; 0, or not set = no limit',
  },
  'limits.alternative_upload': {
    type: 'rate',
    min: '0',
    max: '1T',
    scope: 'session',
    apply: 'live',
    description: 'bytes per second over all torrents at the alternative hours; 0, or not set = no limit',
  },
  'limits.alternative_hours': {
    type: 'list',
    items: 'hours',
    maxItems: 100,
    scope: 'session',
    apply: 'live',
    description: 'when the alternative limits hold instead of the ordinary ones, in local time',
  },
  'limits.upload_slots': {
    type: 'integer',
    min: 0,
    max: 10_000,
    scope: 'torrent',
    apply: 'restart',
    description: 'peers of each torrent that may download from us at a time; 0 = nobody; not set = by the upload rate',
  },
  'limits.count': {
    type: 'choice',
    choices: ['payload', 'wire'],
    default: 'payload',
    scope: 'session',
    apply: 'restart',
    description: 'what all limits are about: the data alone, or everything on the line',
  },
  'peers.max': {
    type: 'integer',
    min: 1,
    max: 10_000,
    default: 80,
    scope: 'torrent',
    apply: 'restart',
    description: 'connections of each torrent',
  },
  'peers.add': {
    type: 'list',
    items: 'endpoint',
    maxItems: 1000,
    scope: 'torrent',
    apply: 'restart',
    description: 'peers to connect to at once',
  },
  'peers.ip_filter': {
    type: 'list',
    items: 'path',
    maxItems: 20,
    scope: 'session',
    apply: 'restart',
    description: 'files of addresses that no peer and no web seed may have; read again when they change',
  },
  'torrent.label': {
    type: 'text',
    maxLength: 100,
    scope: 'torrent',
    apply: 'restart',
    description: 'a name that torrents may have in common; rules can ask for it',
  },
  'web_seeds.add': {
    type: 'list',
    items: 'url',
    maxItems: 100,
    scope: 'torrent',
    apply: 'restart',
    description: "web seeds besides the torrent's own",
  },
  'trackers.enabled': {
    type: 'boolean',
    default: true,
    scope: 'torrent',
    apply: 'restart',
    description: "ask the torrent's trackers for peers",
  },
  'pieces.strategy': {
    type: 'choice',
    choices: ['rarest', 'round-robin', 'sequential', 'streaming'],
    default: 'rarest',
    scope: 'torrent',
    apply: 'live',
    description:
      'order of the pieces: rarest first, each in its turn, from the first to the last, or as a player needs them',
  },
  'pieces.ends_first': {
    type: 'boolean',
    default: false,
    scope: 'torrent',
    apply: 'restart',
    description:
      'the first and last hundredth of each wanted file come before all others, as players look at them first',
  },
  'files.allow_only': {
    type: 'list',
    items: 'glob',
    maxItems: 1000,
    scope: 'torrent',
    apply: 'live',
    description: 'the only files that are wanted; a choice made when the torrent is added goes before',
  },
  'files.exclude': {
    type: 'list',
    items: 'glob',
    maxItems: 1000,
    scope: 'torrent',
    apply: 'live',
    description: 'files that are not wanted; a choice made when the torrent is added goes before',
  },
  'files.high': {
    type: 'list',
    items: 'glob',
    maxItems: 1000,
    scope: 'torrent',
    apply: 'live',
    description: 'files that come before all others; a choice made when the torrent is added goes before',
  },
  'files.low': {
    type: 'list',
    items: 'glob',
    maxItems: 1000,
    scope: 'torrent',
    apply: 'live',
    description: 'files that come after all others; a choice made when the torrent is added goes before',
  },
  'seeding.enabled': {
    type: 'boolean',
    scope: 'torrent',
    apply: 'restart',
    description:
      'stay and serve others when a download is complete; not set = only until a goal, if there is one, and always in a daemon',
  },
  'seeding.ratio': {
    type: 'number',
    min: 0,
    max: 1_000_000,
    scope: 'torrent',
    apply: 'live',
    description: 'stop seeding when uploaded / size reaches this; not set = never',
  },
  'seeding.time': {
    type: 'time',
    min: '0s',
    max: '36500d',
    scope: 'torrent',
    apply: 'live',
    description: 'stop seeding after this long; not set = never',
  },
  'seeding.idle': {
    type: 'time',
    min: '1s',
    max: '36500d',
    scope: 'torrent',
    apply: 'live',
    description: 'stop seeding when nobody has downloaded anything for so long; not set = never',
  },
  'seeding.goal_action': {
    type: 'choice',
    choices: ['stop', 'remove', 'throttle', 'superseed'],
    default: 'stop',
    scope: 'torrent',
    apply: 'live',
    description: 'what happens to a torrent that has reached one of these',
  },
  'seeding.super': {
    type: 'boolean',
    default: false,
    scope: 'torrent',
    apply: 'restart',
    description: 'show each peer one piece after the other: for the only one who has the data',
  },
  'queue.max_downloads': {
    type: 'integer',
    min: 0,
    max: 100_000,
    scope: 'session',
    apply: 'live',
    description: 'torrents that download at a time, stalled ones not counted; not set = all',
  },
  'queue.max_seeds': {
    type: 'integer',
    min: 0,
    max: 100_000,
    scope: 'session',
    apply: 'live',
    description: 'torrents that seed at a time, stalled ones not counted; not set = all',
  },
  'queue.max_active': {
    type: 'integer',
    min: 0,
    max: 100_000,
    scope: 'session',
    apply: 'live',
    description: 'torrents that download or seed at a time, stalled ones as well; not set = all',
  },
  'disk.preallocate': {
    type: 'choice',
    choices: ['none', 'sparse', 'full'],
    default: 'sparse',
    scope: 'torrent',
    apply: 'restart',
    description: 'disk space taken before a file is written',
  },
  'disk.min_free_space': {
    type: 'size',
    min: '0',
    max: '8192T',
    default: '100MiB',
    scope: 'session',
    apply: 'live',
    description: 'room that downloads of a daemon leave on a disk: below it they pause, and go on when there is more',
  },
  'disk.hash_workers': {
    type: 'integer',
    min: 1,
    max: 64,
    scope: 'session',
    apply: 'restart',
    description: 'threads that hash and write; not set = one per core, 2 to 4',
  },
  'disk.write_budget': {
    type: 'size',
    min: '4MiB',
    max: '64GiB',
    default: '128MiB',
    scope: 'session',
    apply: 'restart',
    description: 'memory for pieces that are being received or written',
  },
  'disk.read_cache': {
    type: 'size',
    min: '1MiB',
    max: '64GiB',
    default: '32MiB',
    scope: 'session',
    apply: 'restart',
    description: 'memory for pieces that are being served',
  },
  'magnet.max_metadata': {
    type: 'size',
    min: '16KiB',
    max: '64MiB',
    default: '16MiB',
    scope: 'session',
    apply: 'restart',
    description: 'largest metadata that is fetched for a magnet link',
  },
  'paths.download': {
    type: 'path',
    default: '.',
    scope: 'torrent',
    apply: 'restart',
    description: "folder that a torrent's file or folder goes into",
  },
  'paths.incomplete': {
    type: 'path',
    scope: 'session',
    apply: 'live',
    description:
      'folder that torrents of a daemon are in until they are complete; not set = they are where they belong',
  },
  'paths.state': {
    type: 'path',
    scope: 'session',
    apply: 'restart',
    description:
      'resume records, locks and changes of settings at run time; not set = $XDG_STATE_HOME/ccbt or ~/.local/state/ccbt',
  },
  'daemon.http': {
    type: 'list',
    items: 'endpoint',
    maxItems: 8,
    default: ['127.0.0.1:9091'],
    scope: 'session',
    apply: 'restart',
    description: 'addresses of remote control and the page; an empty list = only the socket in the state folder',
  },
  'daemon.auth': {
    type: 'boolean',
    default: true,
    scope: 'session',
    apply: 'restart',
    description: 'ask for the password or a token; false is possible on loopback addresses only',
  },
  'daemon.hostnames': {
    type: 'list',
    items: 'host',
    maxItems: 100,
    scope: 'session',
    apply: 'restart',
    description: 'names under which browsers reach remote control, besides IP addresses and localhost',
  },
  'daemon.base_path': {
    type: 'text',
    maxLength: 200,
    scope: 'session',
    apply: 'restart',
    description: 'what a reverse proxy puts before every path, such as /torrents',
  },
  'daemon.trusted_proxies': {
    type: 'list',
    items: 'network',
    maxItems: 100,
    scope: 'session',
    apply: 'restart',
    description: 'reverse proxies that are believed where a request comes from (X-Forwarded-For)',
  },
  'daemon.tls_cert': {
    type: 'path',
    scope: 'session',
    apply: 'live',
    description: 'certificate of remote control with its chain, as PEM; with `tls_key`, remote control is https only',
  },
  'daemon.tls_key': {
    type: 'path',
    scope: 'session',
    apply: 'live',
    description: 'key of that certificate, as PEM',
  },
  'daemon.roots': {
    type: 'list',
    items: 'path',
    maxItems: 100,
    scope: 'session',
    apply: 'restart',
    description: 'folders, besides `paths.download`, below which remote control may put torrents',
  },
  'metrics.listen': {
    type: 'list',
    items: 'endpoint',
    maxItems: 8,
    scope: 'session',
    apply: 'live',
    description:
      'addresses where a daemon serves metrics for Prometheus without a password; not set = beside remote control only',
  },
  'metrics.per_torrent': {
    type: 'text',
    maxLength: 10,
    form: { pattern: '^(off|all|top:[1-9][0-9]{0,5})$', name: "'off', 'all' or 'top:50'" },
    default: 'off',
    scope: 'session',
    apply: 'restart',
    description: 'which torrents have series of their own: off, top:N = the busiest, all',
  },
  'log.level': {
    type: 'choice',
    choices: ['debug', 'info', 'warning', 'error'],
    default: 'info',
    scope: 'session',
    apply: 'live',
    description: 'what a daemon writes to its log',
  },
  'log.areas': {
    type: 'list',
    items: 'area',
    maxItems: 50,
    scope: 'session',
    apply: 'live',
    description: 'levels of single areas, before `level`: peer, tracker, disk, torrent, source, alert, daemon',
  },
  'log.format': {
    type: 'choice',
    choices: ['text', 'json'],
    default: 'text',
    scope: 'session',
    apply: 'live',
    description: 'lines for people or objects for programs',
  },
  'log.file': {
    type: 'path',
    scope: 'session',
    apply: 'live',
    description: 'file of the log, which is renamed to .1 when it is full; not set = standard error, for journald',
  },
  'log.max_size': {
    type: 'size',
    min: '64KiB',
    max: '10GiB',
    default: '10MiB',
    scope: 'session',
    apply: 'live',
    description: 'how long that file gets',
  },
  'log.keep': {
    type: 'integer',
    min: 0,
    max: 100,
    default: 5,
    scope: 'session',
    apply: 'live',
    description: 'how many full ones are kept',
  },
  'alerts.enabled': {
    type: 'boolean',
    default: true,
    scope: 'session',
    apply: 'live',
    description: 'whether a daemon looks for what should worry somebody',
  },
  'alerts.webhook': {
    type: 'list',
    items: 'url',
    maxItems: 8,
    scope: 'session',
    apply: 'live',
    description: 'addresses that alerts are posted to as JSON; these connections go straight, also with a proxy',
  },
  'alerts.command': {
    type: 'list',
    items: 'argument',
    maxItems: 50,
    scope: 'session',
    apply: 'live',
    isFileOnly: true,
    description:
      'program that runs for alerts, with its arguments, set in a file only; what it is about is in CCBT_ALERT_* variables',
  },
  'alerts.desktop': {
    type: 'boolean',
    default: false,
    scope: 'session',
    apply: 'live',
    description: 'show alerts on the desktop (notify-send)',
  },
} as const

/** Name of a setting: `section.key`. */
export type SettingKey = keyof typeof TABLE

type ValueOf<S> = S extends { readonly type: 'boolean' }
  ? boolean
  : S extends { readonly type: 'choice'; readonly choices: readonly (infer C)[] }
    ? C
    : S extends { readonly type: 'list' }
      ? readonly string[]
      : S extends { readonly type: 'integer' | 'number' | 'size' | 'rate' | 'time' }
        ? number
        : string

/** What a setting's value is when it has one: bytes, bytes per second, milliseconds, absolute paths. */
export type SettingValue<K extends SettingKey> = ValueOf<(typeof TABLE)[K]>

/** What reading a setting gives: `undefined` only where there is no default. */
export type Setting<K extends SettingKey> = (typeof TABLE)[K] extends { readonly default: unknown }
  ? SettingValue<K>
  : SettingValue<K> | undefined

/** The same table, each entry by the common type. */
export const SCHEMA: Readonly<Record<SettingKey, KeySpec>> = TABLE

/** All settings in the order of the table. */
export const SETTING_KEYS: readonly SettingKey[] = Object.keys(SCHEMA).filter(isSettingKey)

/** Whether there is a setting of this name. */
export function isSettingKey(name: string): name is SettingKey {
  return Object.hasOwn(SCHEMA, name)
}
