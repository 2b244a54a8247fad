# Completion of ccbt for bash: made by `ccbt completion bash`.
_ccbt() {
  local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} path= commands flags i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$path ${COMP_WORDS[i]}" in
      ' add'|'add') path='add' ;;
      ' seed'|'seed') path='seed' ;;
      ' stream'|'stream') path='stream' ;;
      ' create'|'create') path='create' ;;
      ' edit'|'edit') path='edit' ;;
      ' info'|'info') path='info' ;;
      ' magnet'|'magnet') path='magnet' ;;
      ' verify'|'verify') path='verify' ;;
      ' tracker'|'tracker') path='tracker' ;;
      ' daemon'|'daemon') path='daemon' ;;
      ' daemon run'|'daemon run') path='daemon run' ;;
      ' daemon start'|'daemon start') path='daemon start' ;;
      ' daemon stop'|'daemon stop') path='daemon stop' ;;
      ' daemon status'|'daemon status') path='daemon status' ;;
      ' daemon password'|'daemon password') path='daemon password' ;;
      ' daemon token'|'daemon token') path='daemon token' ;;
      ' daemon token create'|'daemon token create') path='daemon token create' ;;
      ' daemon token list'|'daemon token list') path='daemon token list' ;;
      ' daemon token revoke'|'daemon token revoke') path='daemon token revoke' ;;
      ' list'|'list') path='list' ;;
      ' show'|'show') path='show' ;;
      ' files'|'files') path='files' ;;
      ' peers'|'peers') path='peers' ;;
      ' trackers'|'trackers') path='trackers' ;;
      ' stats'|'stats') path='stats' ;;
      ' log'|'log') path='log' ;;
      ' resume'|'resume') path='resume' ;;
      ' pause'|'pause') path='pause' ;;
      ' reannounce'|'reannounce') path='reannounce' ;;
      ' remove'|'remove') path='remove' ;;
      ' move'|'move') path='move' ;;
      ' rename'|'rename') path='rename' ;;
      ' limit'|'limit') path='limit' ;;
      ' label'|'label') path='label' ;;
      ' queue'|'queue') path='queue' ;;
      ' priority'|'priority') path='priority' ;;
      ' export'|'export') path='export' ;;
      ' import'|'import') path='import' ;;
      ' watch'|'watch') path='watch' ;;
      ' top'|'top') path='top' ;;
      ' doctor'|'doctor') path='doctor' ;;
      ' completion'|'completion') path='completion' ;;
      ' man'|'man') path='man' ;;
      ' alerts'|'alerts') path='alerts' ;;
      ' alerts list'|'alerts list') path='alerts list' ;;
      ' alerts test'|'alerts test') path='alerts test' ;;
      ' alerts silence'|'alerts silence') path='alerts silence' ;;
      ' dashboard'|'dashboard') path='dashboard' ;;
      ' config'|'config') path='config' ;;
      ' config init'|'config init') path='config init' ;;
      ' config check'|'config check') path='config check' ;;
      ' config show'|'config show') path='config show' ;;
      ' config get'|'config get') path='config get' ;;
      ' config set'|'config set') path='config set' ;;
      ' config explain'|'config explain') path='config explain' ;;
      ' config reload'|'config reload') path='config reload' ;;
      ' config docs'|'config docs') path='config docs' ;;
      ' xet'|'xet') path='xet' ;;
      ' xet chunk'|'xet chunk') path='xet chunk' ;;
      ' xet hash'|'xet hash') path='xet hash' ;;
      ' xet diff'|'xet diff') path='xet diff' ;;
      ' xet index'|'xet index') path='xet index' ;;
      ' xet get'|'xet get') path='xet get' ;;
      ' dedup'|'dedup') path='dedup' ;;
      ' dedup report'|'dedup report') path='dedup report' ;;
      ' publish'|'publish') path='publish' ;;
      ' follow'|'follow') path='follow' ;;
      ' rollback'|'rollback') path='rollback' ;;
      ' publications'|'publications') path='publications' ;;
      ' publications list'|'publications list') path='publications list' ;;
      ' publications remove'|'publications remove') path='publications remove' ;;
    esac
  done
  case "$path $previous" in
    'add --preallocate') COMPREPLY=($(compgen -W 'none sparse full' -- "$word")); return ;;
    'add --encryption') COMPREPLY=($(compgen -W 'disabled allowed preferred required' -- "$word")); return ;;
    'seed --encryption') COMPREPLY=($(compgen -W 'disabled allowed preferred required' -- "$word")); return ;;
    'stream --encryption') COMPREPLY=($(compgen -W 'disabled allowed preferred required' -- "$word")); return ;;
    'daemon token create --scope') COMPREPLY=($(compgen -W 'read control admin' -- "$word")); return ;;
    'publish --encryption') COMPREPLY=($(compgen -W 'disabled allowed preferred required' -- "$word")); return ;;
    'follow --encryption') COMPREPLY=($(compgen -W 'disabled allowed preferred required' -- "$word")); return ;;
  esac
  case "$previous" in
    --output|-o|--select|--webseed|--preallocate|--label|--seed-ratio|--seed-time|--state-dir|--config|--profile|--set|--port|--bind|--interface|--proxy|--proxy-for|--peer|--ip-filter|--max-peers|--download-limit|--upload-limit|--upload-slots|--encryption|--dht-bootstrap|--metrics|--data|--http-port|--piece-size|--exclude|--tracker|--comment|--source|--similar|--collection|--date|--add-tracker|--remove-tracker|--add-webseed|--remove-webseed|--daemon|--token|--host|--interval|--http|--download-dir|--file|--scope|--torrent|--download|--upload|--for|--theme|--lang|--key|--salt|--keep|--max-removed|--accept|--to) COMPREPLY=($(compgen -f -- "$word")); return ;;
  esac
  case "$path" in
    '') commands='add seed stream create edit info magnet verify tracker daemon list show files peers trackers stats log resume pause reannounce remove move rename limit label queue priority export import watch top doctor completion man alerts dashboard config xet dedup publish follow rollback publications' flags='--version -V --help -h' ;;
    'add') commands='' flags='--output -o --select --webseed --sequential --preallocate --paused --label --dashboard --foreground --metadata-only --force --seed --no-seed --seed-ratio --seed-time --check --skip-check --state-dir --config --profile --set --port --bind --interface --proxy --proxy-for --peer --ip-filter --max-peers --download-limit --upload-limit --upload-slots --encryption --no-utp --no-tcp --no-dht --dht-bootstrap --no-lsd --lsd --no-pex --no-port-mapping --xet --json --quiet -q --verbose --metrics --help -h' ;;
    'seed') commands='' flags='--data --super-seed --seed-ratio --seed-time --check --skip-check --state-dir --config --profile --set --port --bind --interface --proxy --proxy-for --peer --ip-filter --max-peers --download-limit --upload-limit --upload-slots --encryption --no-utp --no-tcp --no-dht --dht-bootstrap --no-lsd --lsd --no-pex --no-port-mapping --xet --json --quiet -q --verbose --metrics --help -h' ;;
    'stream') commands='' flags='--output -o --http-port --seed-ratio --seed-time --check --skip-check --state-dir --config --profile --set --port --bind --interface --proxy --proxy-for --peer --ip-filter --max-peers --download-limit --upload-limit --upload-slots --encryption --no-utp --no-tcp --no-dht --dht-bootstrap --no-lsd --lsd --no-pex --no-port-mapping --xet --json --quiet -q --verbose --metrics --help -h' ;;
    'create') commands='' flags='--output -o --force --v1 --v2 --hybrid --piece-size --align --exclude --xet --tracker --webseed --private --comment --source --similar --collection --date --json --quiet -q --help -h' ;;
    'edit') commands='' flags='--output -o --force --tracker --no-trackers --add-tracker --remove-tracker --webseed --no-webseeds --add-webseed --remove-webseed --comment --json --quiet -q --help -h' ;;
    'info') commands='' flags='--json --help -h' ;;
    'magnet') commands='' flags='--no-trackers --json --help -h' ;;
    'verify') commands='' flags='--data --daemon --token --state-dir --json --quiet -q --help -h' ;;
    'tracker') commands='' flags='--port --host --interval --no-udp --no-http --help -h' ;;
    'daemon') commands='run start stop status password token' flags='--help -h' ;;
    'daemon run') commands='' flags='--http --no-http --no-auth --download-dir --state-dir --json --config --profile --set --help -h' ;;
    'daemon start') commands='' flags='--http --no-http --no-auth --download-dir --state-dir --json --config --profile --set --help -h' ;;
    'daemon stop') commands='' flags='--daemon --token --state-dir --json --help -h' ;;
    'daemon status') commands='' flags='--daemon --token --state-dir --json --help -h' ;;
    'daemon password') commands='' flags='--reset --file --state-dir --json --help -h' ;;
    'daemon token') commands='create list revoke' flags='--help -h' ;;
    'daemon token create') commands='' flags='--scope --state-dir --json --help -h' ;;
    'daemon token list') commands='' flags='--state-dir --json --help -h' ;;
    'daemon token revoke') commands='' flags='--state-dir --json --help -h' ;;
    'list') commands='' flags='--daemon --token --state-dir --json --help -h' ;;
    'show') commands='' flags='--daemon --token --state-dir --json --help -h' ;;
    'files') commands='' flags='--daemon --token --state-dir --json --help -h' ;;
    'peers') commands='' flags='--daemon --token --state-dir --json --help -h' ;;
    'trackers') commands='' flags='--daemon --token --state-dir --json --help -h' ;;
    'stats') commands='' flags='--daemon --token --state-dir --json --help -h' ;;
    'log') commands='' flags='--daemon --token --state-dir --json --follow -f --peer --torrent --help -h' ;;
    'resume') commands='' flags='--daemon --token --state-dir --json --now --help -h' ;;
    'pause') commands='' flags='--daemon --token --state-dir --json --help -h' ;;
    'reannounce') commands='' flags='--daemon --token --state-dir --json --help -h' ;;
    'remove') commands='' flags='--daemon --token --state-dir --json --data --help -h' ;;
    'move') commands='' flags='--daemon --token --state-dir --json --no-data --help -h' ;;
    'rename') commands='' flags='--daemon --token --state-dir --json --help -h' ;;
    'limit') commands='' flags='--daemon --token --state-dir --json --label --download --upload --help -h' ;;
    'label') commands='' flags='--daemon --token --state-dir --json --help -h' ;;
    'queue') commands='' flags='--daemon --token --state-dir --json --help -h' ;;
    'priority') commands='' flags='--daemon --token --state-dir --json --help -h' ;;
    'export') commands='' flags='--daemon --token --state-dir --json --help -h' ;;
    'import') commands='' flags='--daemon --token --state-dir --json --paused --help -h' ;;
    'watch') commands='' flags='--daemon --token --state-dir --json --until-complete --help -h' ;;
    'top') commands='' flags='--daemon --token --state-dir --json --help -h' ;;
    'doctor') commands='' flags='--daemon --token --state-dir --json --help -h' ;;
    'completion') commands='' flags='--help -h' ;;
    'man') commands='' flags='--help -h' ;;
    'alerts') commands='list test silence' flags='--help -h' ;;
    'alerts list') commands='' flags='--daemon --token --state-dir --json --help -h' ;;
    'alerts test') commands='' flags='--daemon --token --state-dir --json --help -h' ;;
    'alerts silence') commands='' flags='--daemon --token --state-dir --json --for --help -h' ;;
    'dashboard') commands='' flags='--theme --lang --no-mouse --daemon --token --state-dir --help -h' ;;
    'config') commands='init check show get set explain reload docs' flags='--help -h' ;;
    'config init') commands='' flags='--output -o --help -h' ;;
    'config check') commands='' flags='--json --config --profile --set --state-dir --help -h' ;;
    'config show') commands='' flags='--effective --json --config --profile --set --state-dir --help -h' ;;
    'config get') commands='' flags='--json --config --profile --set --state-dir --help -h' ;;
    'config set') commands='' flags='--unset --json --config --profile --set --state-dir --help -h' ;;
    'config explain') commands='' flags='--json --config --profile --set --state-dir --help -h' ;;
    'config reload') commands='' flags='--daemon --token --state-dir --json --help -h' ;;
    'config docs') commands='' flags='--json --help -h' ;;
    'xet') commands='chunk hash diff index get' flags='--help -h' ;;
    'xet chunk') commands='' flags='--json --help -h' ;;
    'xet hash') commands='' flags='--json --help -h' ;;
    'xet diff') commands='' flags='--json --help -h' ;;
    'xet index') commands='' flags='--json --rebuild --state-dir --help -h' ;;
    'xet get') commands='' flags='--json --root --output -o --force --state-dir --peer --torrent --tracker --dht --dht-bootstrap --config --profile --set --help -h' ;;
    'dedup') commands='report' flags='--help -h' ;;
    'dedup report') commands='' flags='--json --state-dir --help -h' ;;
    'publish') commands='' flags='--key --salt --watch --once --exclude --foreground --state-dir --config --profile --set --port --bind --interface --proxy --proxy-for --peer --ip-filter --max-peers --download-limit --upload-limit --upload-slots --encryption --no-utp --no-tcp --no-dht --dht-bootstrap --no-lsd --lsd --no-pex --no-port-mapping --xet --json --quiet -q --help -h' ;;
    'follow') commands='' flags='--output -o --keep --max-removed --accept --once --foreground --state-dir --config --profile --set --port --bind --interface --proxy --proxy-for --peer --ip-filter --max-peers --download-limit --upload-limit --upload-slots --encryption --no-utp --no-tcp --no-dht --dht-bootstrap --no-lsd --lsd --no-pex --no-port-mapping --xet --json --quiet -q --help -h' ;;
    'rollback') commands='' flags='--to --json --quiet -q --help -h' ;;
    'publications') commands='list remove' flags='--help -h' ;;
    'publications list') commands='' flags='--daemon --token --state-dir --json --help -h' ;;
    'publications remove') commands='' flags='--daemon --token --state-dir --json --help -h' ;;
  esac
  if [[ $word == -* ]]; then COMPREPLY=($(compgen -W "$flags" -- "$word"))
  elif [[ -n $commands ]]; then COMPREPLY=($(compgen -W "$commands" -- "$word"))
  else COMPREPLY=($(compgen -f -- "$word")); fi
}
complete -o filenames -F _ccbt ccbt
