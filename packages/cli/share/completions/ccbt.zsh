#compdef ccbt
# Completion of ccbt for zsh: made by `ccbt completion zsh`.
_ccbt() {
  local context state line
  local -a commands=(
    'add:download a torrent'
    'seed:serve data that is already there'
    'stream:play a file while it is downloaded'
    'create:make a torrent file'
    'edit:change trackers, web seeds and comment'
    'info:say what is in a torrent file'
    'magnet:make a magnet link'
    'verify:compare data with its checksums'
    'tracker:run a small tracker'
    'daemon:keep torrents running in the background'
    'list:list the daemon'\''s torrents'
    'show:say everything about torrents'
    'files:list the files of a torrent'
    'peers:list the peers of a torrent'
    'trackers:list the trackers of a torrent'
    'stats:say how the daemon does'
    'log:print the log of the daemon'
    'resume:let torrents go on'
    'pause:stop torrents for now'
    'reannounce:ask trackers again'
    'remove:forget torrents'
    'move:put data elsewhere'
    'rename:rename a file'
    'limit:limit rates'
    'label:label a torrent'
    'queue:change whose turn it is'
    'priority:choose files'
    'export:write torrents to a folder'
    'import:take over from another program'
    'watch:follow torrents'
    'top:show the busiest torrents'
    'doctor:find out what is wrong'
    'completion:print a completion script'
    'man:print the manual page'
    'alerts:see what worries the daemon'
    'dashboard:show the daemon on the whole terminal'
    'config:look at settings, change and check them'
    'xet:look at the content-defined chunks of files'
    'dedup:say what files have in common'
    'publish:let others follow a folder'
    'follow:keep a copy of a published folder'
    'rollback:go back to an older version of a followed folder'
    'publications:see what the daemon publishes and follows'
  )
  _arguments -C '*-V[print the version]' \
    '*--version[print the version]' \
    '*-h[print help]' \
    '*--help[print help]' \
    '1: :->command' \
    '*:: :->rest'
  case $state in
    command) _describe 'command' commands ;;
    rest) case $line[1] in
      add) _ccbt_add ;;
      seed) _ccbt_seed ;;
      stream) _ccbt_stream ;;
      create) _ccbt_create ;;
      edit) _ccbt_edit ;;
      info) _ccbt_info ;;
      magnet) _ccbt_magnet ;;
      verify) _ccbt_verify ;;
      tracker) _ccbt_tracker ;;
      daemon) _ccbt_daemon ;;
      list) _ccbt_list ;;
      show) _ccbt_show ;;
      files) _ccbt_files ;;
      peers) _ccbt_peers ;;
      trackers) _ccbt_trackers ;;
      stats) _ccbt_stats ;;
      log) _ccbt_log ;;
      resume) _ccbt_resume ;;
      pause) _ccbt_pause ;;
      reannounce) _ccbt_reannounce ;;
      remove) _ccbt_remove ;;
      move) _ccbt_move ;;
      rename) _ccbt_rename ;;
      limit) _ccbt_limit ;;
      label) _ccbt_label ;;
      queue) _ccbt_queue ;;
      priority) _ccbt_priority ;;
      export) _ccbt_export ;;
      import) _ccbt_import ;;
      watch) _ccbt_watch ;;
      top) _ccbt_top ;;
      doctor) _ccbt_doctor ;;
      completion) _ccbt_completion ;;
      man) _ccbt_man ;;
      alerts) _ccbt_alerts ;;
      dashboard) _ccbt_dashboard ;;
      config) _ccbt_config ;;
      xet) _ccbt_xet ;;
      dedup) _ccbt_dedup ;;
      publish) _ccbt_publish ;;
      follow) _ccbt_follow ;;
      rollback) _ccbt_rollback ;;
      publications) _ccbt_publications ;;
    esac ;;
  esac
}
_ccbt_add() {
  _arguments '*-o[folder that the torrent'\''s file or folder goes into]:value:_files' \
    '*--output[folder that the torrent'\''s file or folder goes into]:value:_files' \
    '*--select[only these files\: indexes of '\''ccbt info'\'' or patterns, 0,2-5 or '\''*.iso'\'']:value:_files' \
    '*--webseed[download from this web address of the same data too; repeatable]:value:_files' \
    '*--sequential[pieces in order instead of the rarest first]' \
    '*--preallocate[disk space taken in advance (default\: sparse)]:value:(none sparse full)' \
    '*--paused[given to a daemon\: not begun before '\''ccbt resume'\'']' \
    '*--label[given to a daemon\: a label of it; repeatable]:value:_files' \
    '*--dashboard[show it on the whole terminal until q; with a daemon or without]' \
    '*--foreground[download here, whether a daemon runs or not]' \
    '*--metadata-only[only write the torrent file of a magnet link\: to -o]' \
    '*--force[with --metadata-only\: replace the file]' \
    '*--seed[stay and serve others when complete, until Ctrl-C]' \
    '*--no-seed[end when complete (default)]' \
    '*--seed-ratio[stop seeding when uploaded / size reaches this]:value:_files' \
    '*--seed-time[stop seeding after this long\: 90s, 30m, 12h, 7d]:value:_files' \
    '*--check[hash everything that is already there]' \
    '*--skip-check[believe that complete files are right]' \
    '*--state-dir[resume records and locks (default\: $XDG_STATE_HOME/ccbt or ~/.local/state/ccbt)]:value:_files' \
    '*--config[settings from here (default\: $XDG_CONFIG_HOME/ccbt/config.toml)]:value:_files' \
    '*--profile[settings of \[profiles.NAME\] as well]:value:_files' \
    '*--set[a setting, for this run; repeatable]:value:_files' \
    '*--port[port for incoming connections; 0 = any free one]:value:_files' \
    '*--bind[local address of every connection (default\: all)]:value:_files' \
    '*--interface[network interface of every connection, such as tun0 (default\: all)]:value:_files' \
    '*--proxy[send everything through socks5\://user\:password@host\:port or http\://host\:port]:value:_files' \
    '*--proxy-for[only these through the proxy\: peers, trackers, web (default\: all)]:value:_files' \
    '*--peer[connect to this peer at once; repeatable]:value:_files' \
    '*--ip-filter[no peers with addresses that are listed here; repeatable]:value:_files' \
    '*--max-peers[connections at most (default\: 80)]:value:_files' \
    '*--download-limit[bytes per second, such as 10M or 1.5MiB; 0 = none]:value:_files' \
    '*--upload-limit[bytes per second; 0 = none]:value:_files' \
    '*--upload-slots[peers that may download at a time; 0 = nobody (default\: by the rate)]:value:_files' \
    '*--encryption[whether connections to peers are encrypted (default\: allowed)]:value:(disabled allowed preferred required)' \
    '*--no-utp[connect to peers over TCP only]' \
    '*--no-tcp[connect to peers over uTP only]' \
    '*--no-dht[do not look for peers in the DHT]' \
    '*--dht-bootstrap[ask this node instead of the public ones; repeatable]:value:_files' \
    '*--no-lsd[do not look for peers on the local network]' \
    '*--lsd[look for peers on the local network (default)]' \
    '*--no-pex[exchange no addresses with peers]' \
    '*--no-port-mapping[do not ask the gateway to let peers in]' \
    '*--xet[take what is in files here already instead of downloading it; remembers complete files]' \
    '*--json[one JSON object per line on stdout]' \
    '*-q[say nothing but errors]' \
    '*--quiet[say nothing but errors]' \
    '*--verbose[tell everything that happens, such as why peers leave]' \
    '*--metrics[serve metrics for Prometheus there; repeatable]:value:_files' \
    '*-h[print help]' \
    '*--help[print help]' \
    '*:file:_files'
}
_ccbt_seed() {
  _arguments '*--data[folder that holds the torrent'\''s file or folder]:value:_files' \
    '*--super-seed[show each peer one piece after the other\: for the only one who has the data]' \
    '*--seed-ratio[stop seeding when uploaded / size reaches this]:value:_files' \
    '*--seed-time[stop seeding after this long\: 90s, 30m, 12h, 7d]:value:_files' \
    '*--check[hash everything that is already there]' \
    '*--skip-check[believe that complete files are right]' \
    '*--state-dir[resume records and locks (default\: $XDG_STATE_HOME/ccbt or ~/.local/state/ccbt)]:value:_files' \
    '*--config[settings from here (default\: $XDG_CONFIG_HOME/ccbt/config.toml)]:value:_files' \
    '*--profile[settings of \[profiles.NAME\] as well]:value:_files' \
    '*--set[a setting, for this run; repeatable]:value:_files' \
    '*--port[port for incoming connections; 0 = any free one]:value:_files' \
    '*--bind[local address of every connection (default\: all)]:value:_files' \
    '*--interface[network interface of every connection, such as tun0 (default\: all)]:value:_files' \
    '*--proxy[send everything through socks5\://user\:password@host\:port or http\://host\:port]:value:_files' \
    '*--proxy-for[only these through the proxy\: peers, trackers, web (default\: all)]:value:_files' \
    '*--peer[connect to this peer at once; repeatable]:value:_files' \
    '*--ip-filter[no peers with addresses that are listed here; repeatable]:value:_files' \
    '*--max-peers[connections at most (default\: 80)]:value:_files' \
    '*--download-limit[bytes per second, such as 10M or 1.5MiB; 0 = none]:value:_files' \
    '*--upload-limit[bytes per second; 0 = none]:value:_files' \
    '*--upload-slots[peers that may download at a time; 0 = nobody (default\: by the rate)]:value:_files' \
    '*--encryption[whether connections to peers are encrypted (default\: allowed)]:value:(disabled allowed preferred required)' \
    '*--no-utp[connect to peers over TCP only]' \
    '*--no-tcp[connect to peers over uTP only]' \
    '*--no-dht[do not look for peers in the DHT]' \
    '*--dht-bootstrap[ask this node instead of the public ones; repeatable]:value:_files' \
    '*--no-lsd[do not look for peers on the local network]' \
    '*--lsd[look for peers on the local network (default)]' \
    '*--no-pex[exchange no addresses with peers]' \
    '*--no-port-mapping[do not ask the gateway to let peers in]' \
    '*--xet[take what is in files here already instead of downloading it; remembers complete files]' \
    '*--json[one JSON object per line on stdout]' \
    '*-q[say nothing but errors]' \
    '*--quiet[say nothing but errors]' \
    '*--verbose[tell everything that happens, such as why peers leave]' \
    '*--metrics[serve metrics for Prometheus there; repeatable]:value:_files' \
    '*-h[print help]' \
    '*--help[print help]' \
    '*:file:_files'
}
_ccbt_stream() {
  _arguments '*-o[folder that the torrent'\''s file or folder goes into]:value:_files' \
    '*--output[folder that the torrent'\''s file or folder goes into]:value:_files' \
    '*--http-port[port of the address that is printed; 0 = any free one]:value:_files' \
    '*--seed-ratio[stop seeding when uploaded / size reaches this]:value:_files' \
    '*--seed-time[stop seeding after this long\: 90s, 30m, 12h, 7d]:value:_files' \
    '*--check[hash everything that is already there]' \
    '*--skip-check[believe that complete files are right]' \
    '*--state-dir[resume records and locks (default\: $XDG_STATE_HOME/ccbt or ~/.local/state/ccbt)]:value:_files' \
    '*--config[settings from here (default\: $XDG_CONFIG_HOME/ccbt/config.toml)]:value:_files' \
    '*--profile[settings of \[profiles.NAME\] as well]:value:_files' \
    '*--set[a setting, for this run; repeatable]:value:_files' \
    '*--port[port for incoming connections; 0 = any free one]:value:_files' \
    '*--bind[local address of every connection (default\: all)]:value:_files' \
    '*--interface[network interface of every connection, such as tun0 (default\: all)]:value:_files' \
    '*--proxy[send everything through socks5\://user\:password@host\:port or http\://host\:port]:value:_files' \
    '*--proxy-for[only these through the proxy\: peers, trackers, web (default\: all)]:value:_files' \
    '*--peer[connect to this peer at once; repeatable]:value:_files' \
    '*--ip-filter[no peers with addresses that are listed here; repeatable]:value:_files' \
    '*--max-peers[connections at most (default\: 80)]:value:_files' \
    '*--download-limit[bytes per second, such as 10M or 1.5MiB; 0 = none]:value:_files' \
    '*--upload-limit[bytes per second; 0 = none]:value:_files' \
    '*--upload-slots[peers that may download at a time; 0 = nobody (default\: by the rate)]:value:_files' \
    '*--encryption[whether connections to peers are encrypted (default\: allowed)]:value:(disabled allowed preferred required)' \
    '*--no-utp[connect to peers over TCP only]' \
    '*--no-tcp[connect to peers over uTP only]' \
    '*--no-dht[do not look for peers in the DHT]' \
    '*--dht-bootstrap[ask this node instead of the public ones; repeatable]:value:_files' \
    '*--no-lsd[do not look for peers on the local network]' \
    '*--lsd[look for peers on the local network (default)]' \
    '*--no-pex[exchange no addresses with peers]' \
    '*--no-port-mapping[do not ask the gateway to let peers in]' \
    '*--xet[take what is in files here already instead of downloading it; remembers complete files]' \
    '*--json[one JSON object per line on stdout]' \
    '*-q[say nothing but errors]' \
    '*--quiet[say nothing but errors]' \
    '*--verbose[tell everything that happens, such as why peers leave]' \
    '*--metrics[serve metrics for Prometheus there; repeatable]:value:_files' \
    '*-h[print help]' \
    '*--help[print help]' \
    '*:file:_files'
}
_ccbt_create() {
  _arguments '*-o[the torrent file to write (default\: NAME.torrent here)]:value:_files' \
    '*--output[the torrent file to write (default\: NAME.torrent here)]:value:_files' \
    '*--force[replace the output file]' \
    '*--v1[for every client (default)]' \
    '*--v2[SHA-256, one hash tree per file]' \
    '*--hybrid[v1 and v2 at once; not for Transmission 3 and aria2]' \
    '*--piece-size[a power of two such as 1MiB (default\: by total size)]:value:_files' \
    '*--align[in v1 too, each file begins with a piece\: padding between them]' \
    '*--exclude[leave out files and folders, such as '\''*.tmp'\''; repeatable]:value:_files' \
    '*--xet[add hashes of the files as Xet makes them; changes no infohash]' \
    '*--tracker[announce address, or a tier of them\: URL,URL; repeatable]:value:_files' \
    '*--webseed[web address of the same data; repeatable]:value:_files' \
    '*--private[peers come from the trackers only]' \
    '*--comment[a remark]:value:_files' \
    '*--source[where it comes from; changes the infohash]:value:_files' \
    '*--similar[a torrent that has files of this one; repeatable]:value:_files' \
    '*--collection[a group of torrents with files in common; repeatable]:value:_files' \
    '*--date[creation date\: Unix seconds, 2026-01-31 or none]:value:_files' \
    '*--json[one JSON object per line on stdout]' \
    '*-q[say nothing but errors]' \
    '*--quiet[say nothing but errors]' \
    '*-h[print help]' \
    '*--help[print help]' \
    '*:file:_files'
}
_ccbt_edit() {
  _arguments '*-o[write another file instead; for one torrent]:value:_files' \
    '*--output[write another file instead; for one torrent]:value:_files' \
    '*--force[replace the output file]' \
    '*--tracker[in place of all trackers\: URL, or a tier URL,URL; repeatable]:value:_files' \
    '*--no-trackers[remove all trackers]' \
    '*--add-tracker[one more tier, behind the others; repeatable]:value:_files' \
    '*--remove-tracker[remove this one; repeatable]:value:_files' \
    '*--webseed[in place of all web seeds; repeatable]:value:_files' \
    '*--no-webseeds[remove all web seeds]' \
    '*--add-webseed[one more; repeatable]:value:_files' \
    '*--remove-webseed[remove this one; repeatable]:value:_files' \
    '*--comment[the new comment; '\'''\'' = none]:value:_files' \
    '*--json[one JSON object per line on stdout]' \
    '*-q[say nothing but errors]' \
    '*--quiet[say nothing but errors]' \
    '*-h[print help]' \
    '*--help[print help]' \
    '*:file:_files'
}
_ccbt_info() {
  _arguments '*--json[one JSON object]' \
    '*-h[print help]' \
    '*--help[print help]' \
    '*:file:_files'
}
_ccbt_magnet() {
  _arguments '*--no-trackers[leave the announce addresses out]' \
    '*--json[one JSON object]' \
    '*-h[print help]' \
    '*--help[print help]' \
    '*:file:_files'
}
_ccbt_verify() {
  _arguments '*--data[folder that holds the torrent'\''s file or folder]:value:_files' \
    '*--daemon[a daemon elsewhere\: http\://host\:9091]:value:_files' \
    '*--token[lets in there instead of user\:password@]:value:_files' \
    '*--state-dir[this computer'\''s daemon with that state (default\: as for add)]:value:_files' \
    '*--json[one JSON object per line on stdout]' \
    '*-q[say nothing but errors]' \
    '*--quiet[say nothing but errors]' \
    '*-h[print help]' \
    '*--help[print help]' \
    '*:file:_files'
}
_ccbt_tracker() {
  _arguments '*--port[port for both; 0 = any free one]:value:_files' \
    '*--host[local address to listen on]:value:_files' \
    '*--interval[time between two announces of a client]:value:_files' \
    '*--no-udp[HTTP only]' \
    '*--no-http[UDP only]' \
    '*-h[print help]' \
    '*--help[print help]' \
    '*:file:_files'
}
_ccbt_daemon() {
  local context state line
  local -a commands=(
    'run:run in the foreground'
    'start:start in the background'
    'stop:stop it'
    'status:say whether it runs'
    'password:make a new password'
    'token:let programs in'
  )
  _arguments -C '*-h[print help]' \
    '*--help[print help]' \
    '1: :->command' \
    '*:: :->rest'
  case $state in
    command) _describe 'command' commands ;;
    rest) case $line[1] in
      run) _ccbt_daemon_run ;;
      start) _ccbt_daemon_start ;;
      stop) _ccbt_daemon_stop ;;
      status) _ccbt_daemon_status ;;
      password) _ccbt_daemon_password ;;
      token) _ccbt_daemon_token ;;
    esac ;;
  esac
}
_ccbt_daemon_run() {
  _arguments '*--http[address of remote control; repeatable (default\: 127.0.0.1\:9091)]:value:_files' \
    '*--no-http[no remote control but the socket in the state folder]' \
    '*--no-auth[ask for no password; on loopback addresses only]' \
    '*--download-dir[folder of torrents that name none (default\: ~/Downloads)]:value:_files' \
    '*--state-dir[torrents, records and locks (default\: as for add)]:value:_files' \
    '*--json[one JSON object per line]' \
    '*--config[settings from here (default\: $XDG_CONFIG_HOME/ccbt/config.toml)]:value:_files' \
    '*--profile[settings of \[profiles.NAME\] as well]:value:_files' \
    '*--set[a setting, for this run; repeatable]:value:_files' \
    '*-h[print help]' \
    '*--help[print help]' \
    '*:file:_files'
}
_ccbt_daemon_start() {
  _arguments '*--http[address of remote control; repeatable (default\: 127.0.0.1\:9091)]:value:_files' \
    '*--no-http[no remote control but the socket in the state folder]' \
    '*--no-auth[ask for no password; on loopback addresses only]' \
    '*--download-dir[folder of torrents that name none (default\: ~/Downloads)]:value:_files' \
    '*--state-dir[torrents, records and locks (default\: as for add)]:value:_files' \
    '*--json[one JSON object per line]' \
    '*--config[settings from here (default\: $XDG_CONFIG_HOME/ccbt/config.toml)]:value:_files' \
    '*--profile[settings of \[profiles.NAME\] as well]:value:_files' \
    '*--set[a setting, for this run; repeatable]:value:_files' \
    '*-h[print help]' \
    '*--help[print help]' \
    '*:file:_files'
}
_ccbt_daemon_stop() {
  _arguments '*--daemon[a daemon elsewhere\: http\://host\:9091]:value:_files' \
    '*--token[lets in there instead of user\:password@]:value:_files' \
    '*--state-dir[this computer'\''s daemon with that state (default\: as for add)]:value:_files' \
    '*--json[one JSON object per line]' \
    '*-h[print help]' \
    '*--help[print help]' \
    '*:file:_files'
}
_ccbt_daemon_status() {
  _arguments '*--daemon[a daemon elsewhere\: http\://host\:9091]:value:_files' \
    '*--token[lets in there instead of user\:password@]:value:_files' \
    '*--state-dir[this computer'\''s daemon with that state (default\: as for add)]:value:_files' \
    '*--json[one JSON object per line]' \
    '*-h[print help]' \
    '*--help[print help]' \
    '*:file:_files'
}
_ccbt_daemon_password() {
  _arguments '*--reset[make one and show it]' \
    '*--file[take the first line of this file instead]:value:_files' \
    '*--state-dir[the daemon'\''s state (default\: as for add)]:value:_files' \
    '*--json[one JSON object per line]' \
    '*-h[print help]' \
    '*--help[print help]' \
    '*:file:_files'
}
_ccbt_daemon_token() {
  local context state line
  local -a commands=(
    'create:make a token'
    'list:list tokens'
    'revoke:take a token back'
  )
  _arguments -C '*-h[print help]' \
    '*--help[print help]' \
    '1: :->command' \
    '*:: :->rest'
  case $state in
    command) _describe 'command' commands ;;
    rest) case $line[1] in
      create) _ccbt_daemon_token_create ;;
      list) _ccbt_daemon_token_list ;;
      revoke) _ccbt_daemon_token_revoke ;;
    esac ;;
  esac
}
_ccbt_daemon_token_create() {
  _arguments '*--scope[read\: look; control\: add and change torrents; admin\: everything]:value:(read control admin)' \
    '*--state-dir[the daemon'\''s state (default\: as for add)]:value:_files' \
    '*--json[one JSON object per line]' \
    '*-h[print help]' \
    '*--help[print help]' \
    '*:file:_files'
}
_ccbt_daemon_token_list() {
  _arguments '*--state-dir[the daemon'\''s state (default\: as for add)]:value:_files' \
    '*--json[one JSON object per line]' \
    '*-h[print help]' \
    '*--help[print help]' \
    '*:file:_files'
}
_ccbt_daemon_token_revoke() {
  _arguments '*--state-dir[the daemon'\''s state (default\: as for add)]:value:_files' \
    '*--json[one JSON object per line]' \
    '*-h[print help]' \
    '*--help[print help]' \
    '*:file:_files'
}
_ccbt_list() {
  _arguments '*--daemon[a daemon elsewhere\: http\://host\:9091]:value:_files' \
    '*--token[lets in there instead of user\:password@]:value:_files' \
    '*--state-dir[this computer'\''s daemon with that state (default\: as for add)]:value:_files' \
    '*--json[one JSON object per line]' \
    '*-h[print help]' \
    '*--help[print help]' \
    '*:file:_files'
}
_ccbt_show() {
  _arguments '*--daemon[a daemon elsewhere\: http\://host\:9091]:value:_files' \
    '*--token[lets in there instead of user\:password@]:value:_files' \
    '*--state-dir[this computer'\''s daemon with that state (default\: as for add)]:value:_files' \
    '*--json[one JSON object per line]' \
    '*-h[print help]' \
    '*--help[print help]' \
    '*:file:_files'
}
_ccbt_files() {
  _arguments '*--daemon[a daemon elsewhere\: http\://host\:9091]:value:_files' \
    '*--token[lets in there instead of user\:password@]:value:_files' \
    '*--state-dir[this computer'\''s daemon with that state (default\: as for add)]:value:_files' \
    '*--json[one JSON object per line]' \
    '*-h[print help]' \
    '*--help[print help]' \
    '*:file:_files'
}
_ccbt_peers() {
  _arguments '*--daemon[a daemon elsewhere\: http\://host\:9091]:value:_files' \
    '*--token[lets in there instead of user\:password@]:value:_files' \
    '*--state-dir[this computer'\''s daemon with that state (default\: as for add)]:value:_files' \
    '*--json[one JSON object per line]' \
    '*-h[print help]' \
    '*--help[print help]' \
    '*:file:_files'
}
_ccbt_trackers() {
  _arguments '*--daemon[a daemon elsewhere\: http\://host\:9091]:value:_files' \
    '*--token[lets in there instead of user\:password@]:value:_files' \
    '*--state-dir[this computer'\''s daemon with that state (default\: as for add)]:value:_files' \
    '*--json[one JSON object per line]' \
    '*-h[print help]' \
    '*--help[print help]' \
    '*:file:_files'
}
_ccbt_stats() {
  _arguments '*--daemon[a daemon elsewhere\: http\://host\:9091]:value:_files' \
    '*--token[lets in there instead of user\:password@]:value:_files' \
    '*--state-dir[this computer'\''s daemon with that state (default\: as for add)]:value:_files' \
    '*--json[one JSON object per line]' \
    '*-h[print help]' \
    '*--help[print help]' \
    '*:file:_files'
}
_ccbt_log() {
  _arguments '*--daemon[a daemon elsewhere\: http\://host\:9091]:value:_files' \
    '*--token[lets in there instead of user\:password@]:value:_files' \
    '*--state-dir[this computer'\''s daemon with that state (default\: as for add)]:value:_files' \
    '*--json[one JSON object per line]' \
    '*-f[go on with what comes, until Ctrl-C]' \
    '*--follow[go on with what comes, until Ctrl-C]' \
    '*--peer[everything about this peer from now on, host or host\:port]:value:_files' \
    '*--torrent[everything about the torrent whose info-hash begins so]:value:_files' \
    '*-h[print help]' \
    '*--help[print help]' \
    '*:file:_files'
}
_ccbt_resume() {
  _arguments '*--daemon[a daemon elsewhere\: http\://host\:9091]:value:_files' \
    '*--token[lets in there instead of user\:password@]:value:_files' \
    '*--state-dir[this computer'\''s daemon with that state (default\: as for add)]:value:_files' \
    '*--json[one JSON object per line]' \
    '*--now[also when the queue has no place for them]' \
    '*-h[print help]' \
    '*--help[print help]' \
    '*:file:_files'
}
_ccbt_pause() {
  _arguments '*--daemon[a daemon elsewhere\: http\://host\:9091]:value:_files' \
    '*--token[lets in there instead of user\:password@]:value:_files' \
    '*--state-dir[this computer'\''s daemon with that state (default\: as for add)]:value:_files' \
    '*--json[one JSON object per line]' \
    '*-h[print help]' \
    '*--help[print help]' \
    '*:file:_files'
}
_ccbt_reannounce() {
  _arguments '*--daemon[a daemon elsewhere\: http\://host\:9091]:value:_files' \
    '*--token[lets in there instead of user\:password@]:value:_files' \
    '*--state-dir[this computer'\''s daemon with that state (default\: as for add)]:value:_files' \
    '*--json[one JSON object per line]' \
    '*-h[print help]' \
    '*--help[print help]' \
    '*:file:_files'
}
_ccbt_remove() {
  _arguments '*--daemon[a daemon elsewhere\: http\://host\:9091]:value:_files' \
    '*--token[lets in there instead of user\:password@]:value:_files' \
    '*--state-dir[this computer'\''s daemon with that state (default\: as for add)]:value:_files' \
    '*--json[one JSON object per line]' \
    '*--data[remove their data too]' \
    '*-h[print help]' \
    '*--help[print help]' \
    '*:file:_files'
}
_ccbt_move() {
  _arguments '*--daemon[a daemon elsewhere\: http\://host\:9091]:value:_files' \
    '*--token[lets in there instead of user\:password@]:value:_files' \
    '*--state-dir[this computer'\''s daemon with that state (default\: as for add)]:value:_files' \
    '*--json[one JSON object per line]' \
    '*--no-data[the data is there already]' \
    '*-h[print help]' \
    '*--help[print help]' \
    '*:file:_files'
}
_ccbt_rename() {
  _arguments '*--daemon[a daemon elsewhere\: http\://host\:9091]:value:_files' \
    '*--token[lets in there instead of user\:password@]:value:_files' \
    '*--state-dir[this computer'\''s daemon with that state (default\: as for add)]:value:_files' \
    '*--json[one JSON object per line]' \
    '*-h[print help]' \
    '*--help[print help]' \
    '*:file:_files'
}
_ccbt_limit() {
  _arguments '*--daemon[a daemon elsewhere\: http\://host\:9091]:value:_files' \
    '*--token[lets in there instead of user\:password@]:value:_files' \
    '*--state-dir[this computer'\''s daemon with that state (default\: as for add)]:value:_files' \
    '*--json[one JSON object per line]' \
    '*--label[the torrents that have it as their first label; without a rate, show their limits]:value:_files' \
    '*--download[bytes per second; 0 = no limit, config (of a label) = as the configuration says]:value:_files' \
    '*--upload[bytes per second; 0 = no limit, config (of a label) = as the configuration says]:value:_files' \
    '*-h[print help]' \
    '*--help[print help]' \
    '*:file:_files'
}
_ccbt_label() {
  _arguments '*--daemon[a daemon elsewhere\: http\://host\:9091]:value:_files' \
    '*--token[lets in there instead of user\:password@]:value:_files' \
    '*--state-dir[this computer'\''s daemon with that state (default\: as for add)]:value:_files' \
    '*--json[one JSON object per line]' \
    '*-h[print help]' \
    '*--help[print help]' \
    '*:file:_files'
}
_ccbt_queue() {
  _arguments '*--daemon[a daemon elsewhere\: http\://host\:9091]:value:_files' \
    '*--token[lets in there instead of user\:password@]:value:_files' \
    '*--state-dir[this computer'\''s daemon with that state (default\: as for add)]:value:_files' \
    '*--json[one JSON object per line]' \
    '*-h[print help]' \
    '*--help[print help]' \
    '*:file:_files'
}
_ccbt_priority() {
  _arguments '*--daemon[a daemon elsewhere\: http\://host\:9091]:value:_files' \
    '*--token[lets in there instead of user\:password@]:value:_files' \
    '*--state-dir[this computer'\''s daemon with that state (default\: as for add)]:value:_files' \
    '*--json[one JSON object per line]' \
    '*-h[print help]' \
    '*--help[print help]' \
    '*:file:_files'
}
_ccbt_export() {
  _arguments '*--daemon[a daemon elsewhere\: http\://host\:9091]:value:_files' \
    '*--token[lets in there instead of user\:password@]:value:_files' \
    '*--state-dir[this computer'\''s daemon with that state (default\: as for add)]:value:_files' \
    '*--json[one JSON object per line]' \
    '*-h[print help]' \
    '*--help[print help]' \
    '*:file:_files'
}
_ccbt_import() {
  _arguments '*--daemon[a daemon elsewhere\: http\://host\:9091]:value:_files' \
    '*--token[lets in there instead of user\:password@]:value:_files' \
    '*--state-dir[this computer'\''s daemon with that state (default\: as for add)]:value:_files' \
    '*--json[one JSON object per line]' \
    '*--paused[start none of them]' \
    '*-h[print help]' \
    '*--help[print help]' \
    '*:file:_files'
}
_ccbt_watch() {
  _arguments '*--daemon[a daemon elsewhere\: http\://host\:9091]:value:_files' \
    '*--token[lets in there instead of user\:password@]:value:_files' \
    '*--state-dir[this computer'\''s daemon with that state (default\: as for add)]:value:_files' \
    '*--json[one JSON object per line]' \
    '*--until-complete[end when all of them are complete]' \
    '*-h[print help]' \
    '*--help[print help]' \
    '*:file:_files'
}
_ccbt_top() {
  _arguments '*--daemon[a daemon elsewhere\: http\://host\:9091]:value:_files' \
    '*--token[lets in there instead of user\:password@]:value:_files' \
    '*--state-dir[this computer'\''s daemon with that state (default\: as for add)]:value:_files' \
    '*--json[one JSON object per line]' \
    '*-h[print help]' \
    '*--help[print help]' \
    '*:file:_files'
}
_ccbt_doctor() {
  _arguments '*--daemon[a daemon elsewhere\: http\://host\:9091]:value:_files' \
    '*--token[lets in there instead of user\:password@]:value:_files' \
    '*--state-dir[this computer'\''s daemon with that state (default\: as for add)]:value:_files' \
    '*--json[one JSON object per line]' \
    '*-h[print help]' \
    '*--help[print help]' \
    '*:file:_files'
}
_ccbt_completion() {
  _arguments '*-h[print help]' \
    '*--help[print help]' \
    '*:file:_files'
}
_ccbt_man() {
  _arguments '*-h[print help]' \
    '*--help[print help]' \
    '*:file:_files'
}
_ccbt_alerts() {
  local context state line
  local -a commands=(
    'list:'
    'test:'
    'silence:'
  )
  _arguments -C '*-h[print help]' \
    '*--help[print help]' \
    '1: :->command' \
    '*:: :->rest'
  case $state in
    command) _describe 'command' commands ;;
    rest) case $line[1] in
      list) _ccbt_alerts_list ;;
      test) _ccbt_alerts_test ;;
      silence) _ccbt_alerts_silence ;;
    esac ;;
  esac
}
_ccbt_alerts_list() {
  _arguments '*--daemon[a daemon elsewhere\: http\://host\:9091]:value:_files' \
    '*--token[lets in there instead of user\:password@]:value:_files' \
    '*--state-dir[this computer'\''s daemon with that state (default\: as for add)]:value:_files' \
    '*--json[one JSON object per line]' \
    '*-h[print help]' \
    '*--help[print help]' \
    '*:file:_files'
}
_ccbt_alerts_test() {
  _arguments '*--daemon[a daemon elsewhere\: http\://host\:9091]:value:_files' \
    '*--token[lets in there instead of user\:password@]:value:_files' \
    '*--state-dir[this computer'\''s daemon with that state (default\: as for add)]:value:_files' \
    '*--json[one JSON object per line]' \
    '*-h[print help]' \
    '*--help[print help]' \
    '*:file:_files'
}
_ccbt_alerts_silence() {
  _arguments '*--daemon[a daemon elsewhere\: http\://host\:9091]:value:_files' \
    '*--token[lets in there instead of user\:password@]:value:_files' \
    '*--state-dir[this computer'\''s daemon with that state (default\: as for add)]:value:_files' \
    '*--json[one JSON object per line]' \
    '*--for[how long\: 30m, 12h, 7d; 0s ends the silence]:value:_files' \
    '*-h[print help]' \
    '*--help[print help]' \
    '*:file:_files'
}
_ccbt_dashboard() {
  _arguments '*--theme[dark, light, contrast, color-blind or monochrome]:value:_files' \
    '*--lang[language\: en, ko, pt or zh (default\: as the locale says)]:value:_files' \
    '*--no-mouse[leave the mouse to the terminal]' \
    '*--daemon[a daemon elsewhere\: http\://host\:9091]:value:_files' \
    '*--token[lets in there instead of user\:password@]:value:_files' \
    '*--state-dir[this computer'\''s daemon with that state (default\: as for add)]:value:_files' \
    '*-h[print help]' \
    '*--help[print help]' \
    '*:file:_files'
}
_ccbt_config() {
  local context state line
  local -a commands=(
    'init:write a file to begin with'
    'check:say what is wrong'
    'show:print settings and where they come from'
    'get:print one setting'
    'set:change a setting at run time'
    'explain:say what counts for a torrent'
    'reload:let the daemon read its files again'
    'docs:print the reference of all settings'
  )
  _arguments -C '*-h[print help]' \
    '*--help[print help]' \
    '1: :->command' \
    '*:: :->rest'
  case $state in
    command) _describe 'command' commands ;;
    rest) case $line[1] in
      init) _ccbt_config_init ;;
      check) _ccbt_config_check ;;
      show) _ccbt_config_show ;;
      get) _ccbt_config_get ;;
      set) _ccbt_config_set ;;
      explain) _ccbt_config_explain ;;
      reload) _ccbt_config_reload ;;
      docs) _ccbt_config_docs ;;
    esac ;;
  esac
}
_ccbt_config_init() {
  _arguments '*-o[the file to write (default\: $XDG_CONFIG_HOME/ccbt/config.toml)]:value:_files' \
    '*--output[the file to write (default\: $XDG_CONFIG_HOME/ccbt/config.toml)]:value:_files' \
    '*-h[print help]' \
    '*--help[print help]' \
    '*:file:_files'
}
_ccbt_config_check() {
  _arguments '*--json[one JSON object]' \
    '*--config[settings from here (default\: $XDG_CONFIG_HOME/ccbt/config.toml)]:value:_files' \
    '*--profile[settings of \[profiles.NAME\] as well]:value:_files' \
    '*--set[a setting, for this run; repeatable]:value:_files' \
    '*--state-dir[where changes at run time are kept]:value:_files' \
    '*-h[print help]' \
    '*--help[print help]' \
    '*:file:_files'
}
_ccbt_config_show() {
  _arguments '*--effective[every setting, with defaults]' \
    '*--json[one JSON object]' \
    '*--config[settings from here (default\: $XDG_CONFIG_HOME/ccbt/config.toml)]:value:_files' \
    '*--profile[settings of \[profiles.NAME\] as well]:value:_files' \
    '*--set[a setting, for this run; repeatable]:value:_files' \
    '*--state-dir[where changes at run time are kept]:value:_files' \
    '*-h[print help]' \
    '*--help[print help]' \
    '*:file:_files'
}
_ccbt_config_get() {
  _arguments '*--json[one JSON object]' \
    '*--config[settings from here (default\: $XDG_CONFIG_HOME/ccbt/config.toml)]:value:_files' \
    '*--profile[settings of \[profiles.NAME\] as well]:value:_files' \
    '*--set[a setting, for this run; repeatable]:value:_files' \
    '*--state-dir[where changes at run time are kept]:value:_files' \
    '*-h[print help]' \
    '*--help[print help]' \
    '*:file:_files'
}
_ccbt_config_set() {
  _arguments '*--unset[take an earlier change back]' \
    '*--json[one JSON object]' \
    '*--config[settings from here (default\: $XDG_CONFIG_HOME/ccbt/config.toml)]:value:_files' \
    '*--profile[settings of \[profiles.NAME\] as well]:value:_files' \
    '*--set[a setting, for this run; repeatable]:value:_files' \
    '*--state-dir[where changes at run time are kept]:value:_files' \
    '*-h[print help]' \
    '*--help[print help]' \
    '*:file:_files'
}
_ccbt_config_explain() {
  _arguments '*--json[one JSON object]' \
    '*--config[settings from here (default\: $XDG_CONFIG_HOME/ccbt/config.toml)]:value:_files' \
    '*--profile[settings of \[profiles.NAME\] as well]:value:_files' \
    '*--set[a setting, for this run; repeatable]:value:_files' \
    '*--state-dir[where changes at run time are kept]:value:_files' \
    '*-h[print help]' \
    '*--help[print help]' \
    '*:file:_files'
}
_ccbt_config_reload() {
  _arguments '*--daemon[a daemon elsewhere\: http\://host\:9091]:value:_files' \
    '*--token[lets in there instead of user\:password@]:value:_files' \
    '*--state-dir[this computer'\''s daemon with that state (default\: as for add)]:value:_files' \
    '*--json[one JSON object per line]' \
    '*-h[print help]' \
    '*--help[print help]' \
    '*:file:_files'
}
_ccbt_config_docs() {
  _arguments '*--json[as a JSON schema, for editors]' \
    '*-h[print help]' \
    '*--help[print help]' \
    '*:file:_files'
}
_ccbt_xet() {
  local context state line
  local -a commands=(
    'chunk:list the chunks of a file'
    'hash:print the Xet hash of a file'
    'diff:say what is new in a version of a file'
    'index:remember where chunks lie'
    'get:fetch content by its hash'
  )
  _arguments -C '*-h[print help]' \
    '*--help[print help]' \
    '1: :->command' \
    '*:: :->rest'
  case $state in
    command) _describe 'command' commands ;;
    rest) case $line[1] in
      chunk) _ccbt_xet_chunk ;;
      hash) _ccbt_xet_hash ;;
      diff) _ccbt_xet_diff ;;
      index) _ccbt_xet_index ;;
      get) _ccbt_xet_get ;;
    esac ;;
  esac
}
_ccbt_xet_chunk() {
  _arguments '*--json[one JSON object per line]' \
    '*-h[print help]' \
    '*--help[print help]' \
    '*:file:_files'
}
_ccbt_xet_hash() {
  _arguments '*--json[one JSON object per line]' \
    '*-h[print help]' \
    '*--help[print help]' \
    '*:file:_files'
}
_ccbt_xet_diff() {
  _arguments '*--json[one JSON object per line]' \
    '*-h[print help]' \
    '*--help[print help]' \
    '*:file:_files'
}
_ccbt_xet_index() {
  _arguments '*--json[one JSON object per line]' \
    '*--rebuild[make the index anew from the files that it knows]' \
    '*--state-dir[where the index is (default\: as for add)]:value:_files' \
    '*-h[print help]' \
    '*--help[print help]' \
    '*:file:_files'
}
_ccbt_xet_get() {
  _arguments '*--json[one JSON object per line]' \
    '*--root[the hash is a pieces root\: that of a file in v2 torrents, as info --json prints it]' \
    '*-o[the file to write]:value:_files' \
    '*--output[the file to write]:value:_files' \
    '*--force[replace the file]' \
    '*--state-dir[where the index of the files here is, which are looked at first (default\: as for add)]:value:_files' \
    '*--peer[who may have it; repeatable]:value:_files' \
    '*--torrent[a torrent file or link whose peers may have it; repeatable]:value:_files' \
    '*--tracker[a tracker that may know who has it; repeatable]:value:_files' \
    '*--dht[look for others who have it in the DHT, where that can be seen]' \
    '*--dht-bootstrap[ask this node instead of the public ones; repeatable]:value:_files' \
    '*--config[settings from here (default\: $XDG_CONFIG_HOME/ccbt/config.toml)]:value:_files' \
    '*--profile[settings of \[profiles.NAME\] as well]:value:_files' \
    '*--set[a setting, for this run; repeatable]:value:_files' \
    '*-h[print help]' \
    '*--help[print help]' \
    '*:file:_files'
}
_ccbt_dedup() {
  local context state line
  local -a commands=(
    'report:say what files have in common'
  )
  _arguments -C '*-h[print help]' \
    '*--help[print help]' \
    '1: :->command' \
    '*:: :->rest'
  case $state in
    command) _describe 'command' commands ;;
    rest) case $line[1] in
      report) _ccbt_dedup_report ;;
    esac ;;
  esac
}
_ccbt_dedup_report() {
  _arguments '*--json[one JSON object per line]' \
    '*--state-dir[where the index is (default\: as for add)]:value:_files' \
    '*-h[print help]' \
    '*--help[print help]' \
    '*:file:_files'
}
_ccbt_publish() {
  _arguments '*--key[the key that signs its versions; made when there is none of this name]:value:_files' \
    '*--salt[tells what is published with one key apart, and is part of the link (default\: none)]:value:_files' \
    '*--watch[publish a new version whenever something in it has changed]' \
    '*--once[end when it is announced, and serve nothing]' \
    '*--exclude[leave these files out; repeatable]:value:_files' \
    '*--foreground[do it here, whether a daemon runs or not]' \
    '*--state-dir[keys, resume records and locks (default\: as for add)]:value:_files' \
    '*--config[settings from here (default\: $XDG_CONFIG_HOME/ccbt/config.toml)]:value:_files' \
    '*--profile[settings of \[profiles.NAME\] as well]:value:_files' \
    '*--set[a setting, for this run; repeatable]:value:_files' \
    '*--port[port for incoming connections; 0 = any free one]:value:_files' \
    '*--bind[local address of every connection (default\: all)]:value:_files' \
    '*--interface[network interface of every connection, such as tun0 (default\: all)]:value:_files' \
    '*--proxy[send everything through socks5\://user\:password@host\:port or http\://host\:port]:value:_files' \
    '*--proxy-for[only these through the proxy\: peers, trackers, web (default\: all)]:value:_files' \
    '*--peer[connect to this peer at once; repeatable]:value:_files' \
    '*--ip-filter[no peers with addresses that are listed here; repeatable]:value:_files' \
    '*--max-peers[connections at most (default\: 80)]:value:_files' \
    '*--download-limit[bytes per second, such as 10M or 1.5MiB; 0 = none]:value:_files' \
    '*--upload-limit[bytes per second; 0 = none]:value:_files' \
    '*--upload-slots[peers that may download at a time; 0 = nobody (default\: by the rate)]:value:_files' \
    '*--encryption[whether connections to peers are encrypted (default\: allowed)]:value:(disabled allowed preferred required)' \
    '*--no-utp[connect to peers over TCP only]' \
    '*--no-tcp[connect to peers over uTP only]' \
    '*--no-dht[do not look for peers in the DHT]' \
    '*--dht-bootstrap[ask this node instead of the public ones; repeatable]:value:_files' \
    '*--no-lsd[do not look for peers on the local network]' \
    '*--lsd[look for peers on the local network (default)]' \
    '*--no-pex[exchange no addresses with peers]' \
    '*--no-port-mapping[do not ask the gateway to let peers in]' \
    '*--xet[take what is in files here already instead of downloading it; remembers complete files]' \
    '*--json[one JSON object per line on stdout]' \
    '*-q[say nothing but errors]' \
    '*--quiet[say nothing but errors]' \
    '*-h[print help]' \
    '*--help[print help]' \
    '*:file:_files'
}
_ccbt_follow() {
  _arguments '*-o[the copy\: becomes a symbolic link to the newest version]:value:_files' \
    '*--output[the copy\: becomes a symbolic link to the newest version]:value:_files' \
    '*--keep[old versions that are kept for rollback (default\: 2)]:value:_files' \
    '*--max-removed[hold versions that remove more files than this (default\: 100)]:value:_files' \
    '*--accept[take this version whatever it removes]:value:_files' \
    '*--once[end when the newest version is there]' \
    '*--foreground[do it here, whether a daemon runs or not]' \
    '*--state-dir[keys, resume records and locks (default\: as for add)]:value:_files' \
    '*--config[settings from here (default\: $XDG_CONFIG_HOME/ccbt/config.toml)]:value:_files' \
    '*--profile[settings of \[profiles.NAME\] as well]:value:_files' \
    '*--set[a setting, for this run; repeatable]:value:_files' \
    '*--port[port for incoming connections; 0 = any free one]:value:_files' \
    '*--bind[local address of every connection (default\: all)]:value:_files' \
    '*--interface[network interface of every connection, such as tun0 (default\: all)]:value:_files' \
    '*--proxy[send everything through socks5\://user\:password@host\:port or http\://host\:port]:value:_files' \
    '*--proxy-for[only these through the proxy\: peers, trackers, web (default\: all)]:value:_files' \
    '*--peer[connect to this peer at once; repeatable]:value:_files' \
    '*--ip-filter[no peers with addresses that are listed here; repeatable]:value:_files' \
    '*--max-peers[connections at most (default\: 80)]:value:_files' \
    '*--download-limit[bytes per second, such as 10M or 1.5MiB; 0 = none]:value:_files' \
    '*--upload-limit[bytes per second; 0 = none]:value:_files' \
    '*--upload-slots[peers that may download at a time; 0 = nobody (default\: by the rate)]:value:_files' \
    '*--encryption[whether connections to peers are encrypted (default\: allowed)]:value:(disabled allowed preferred required)' \
    '*--no-utp[connect to peers over TCP only]' \
    '*--no-tcp[connect to peers over uTP only]' \
    '*--no-dht[do not look for peers in the DHT]' \
    '*--dht-bootstrap[ask this node instead of the public ones; repeatable]:value:_files' \
    '*--no-lsd[do not look for peers on the local network]' \
    '*--lsd[look for peers on the local network (default)]' \
    '*--no-pex[exchange no addresses with peers]' \
    '*--no-port-mapping[do not ask the gateway to let peers in]' \
    '*--xet[take what is in files here already instead of downloading it; remembers complete files]' \
    '*--json[one JSON object per line on stdout]' \
    '*-q[say nothing but errors]' \
    '*--quiet[say nothing but errors]' \
    '*-h[print help]' \
    '*--help[print help]' \
    '*:file:_files'
}
_ccbt_rollback() {
  _arguments '*--to[which one (default\: the one before)]:value:_files' \
    '*--json[one JSON object per line on stdout]' \
    '*-q[say nothing but errors]' \
    '*--quiet[say nothing but errors]' \
    '*-h[print help]' \
    '*--help[print help]' \
    '*:file:_files'
}
_ccbt_publications() {
  local context state line
  local -a commands=(
    'list:print them'
    'remove:end one of them'
  )
  _arguments -C '*-h[print help]' \
    '*--help[print help]' \
    '1: :->command' \
    '*:: :->rest'
  case $state in
    command) _describe 'command' commands ;;
    rest) case $line[1] in
      list) _ccbt_publications_list ;;
      remove) _ccbt_publications_remove ;;
    esac ;;
  esac
}
_ccbt_publications_list() {
  _arguments '*--daemon[a daemon elsewhere\: http\://host\:9091]:value:_files' \
    '*--token[lets in there instead of user\:password@]:value:_files' \
    '*--state-dir[this computer'\''s daemon with that state (default\: as for add)]:value:_files' \
    '*--json[one JSON object per line]' \
    '*-h[print help]' \
    '*--help[print help]' \
    '*:file:_files'
}
_ccbt_publications_remove() {
  _arguments '*--daemon[a daemon elsewhere\: http\://host\:9091]:value:_files' \
    '*--token[lets in there instead of user\:password@]:value:_files' \
    '*--state-dir[this computer'\''s daemon with that state (default\: as for add)]:value:_files' \
    '*--json[one JSON object per line]' \
    '*-h[print help]' \
    '*--help[print help]' \
    '*:file:_files'
}
compdef _ccbt ccbt
