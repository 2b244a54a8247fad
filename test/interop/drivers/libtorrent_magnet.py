"""libtorrent downloads a magnet link: one JSON object on the command line with link, dir and listen. Ends when done."""
import json
import os
import sys

import libtorrent as lt

job = json.loads(sys.argv[1])
ses = lt.session({
    'listen_interfaces': job['listen'], 'outgoing_interfaces': job['listen'].rsplit(':', 1)[0],
    'enable_dht': False, 'enable_lsd': False, 'enable_upnp': False, 'enable_natpmp': False,
    'enable_incoming_utp': False, 'enable_outgoing_utp': False, 'in_enc_policy': 2, 'out_enc_policy': 2,
    'allow_multiple_connections_per_ip': True, 'ssrf_mitigation': False, 'min_reconnect_time': 1, 'max_failcount': 100,
})
params = lt.parse_magnet_uri(job['link'])
params.save_path = job['dir']
handle = ses.add_torrent(params)
while not handle.status().is_seeding:
    ses.wait_for_alert(200)
    ses.pop_alerts()
handle.flush_cache()
ses.wait_for_alert(500)
os._exit(0)
