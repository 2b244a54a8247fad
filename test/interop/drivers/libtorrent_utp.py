"""libtorrent as a peer that speaks nothing but uTP, driven by one JSON object on the command line.

Keys: role (seed | download), torrent, dir, listen, peers. Prints "ready" when a seed has started, "done"
when a download is complete.
"""
import json
import sys

import libtorrent as lt

job = json.loads(sys.argv[1])
session = lt.session({
    'listen_interfaces': job['listen'],
    'outgoing_interfaces': job['listen'].rsplit(':', 1)[0],
    'enable_dht': False, 'enable_lsd': False, 'enable_upnp': False, 'enable_natpmp': False,
    'enable_incoming_tcp': False, 'enable_outgoing_tcp': False,
    'enable_incoming_utp': True, 'enable_outgoing_utp': True,
    'in_enc_policy': 2, 'out_enc_policy': 2, 'mixed_mode_algorithm': 0,
    'allow_multiple_connections_per_ip': True, 'ssrf_mitigation': False, 'min_reconnect_time': 1, 'max_failcount': 100,
    'alert_mask': lt.alert.category_t.status_notification,
})
params = lt.add_torrent_params()
params.ti = lt.torrent_info(job['torrent'])
params.save_path = job['dir']
params.flags &= ~(lt.torrent_flags.auto_managed | lt.torrent_flags.paused)
if job['role'] == 'seed':
    params.flags |= lt.torrent_flags.seed_mode
handle = session.add_torrent(params)
was_seeding = False
while True:
    status = handle.status()
    if status.is_seeding and not was_seeding:
        was_seeding = True
        if job['role'] == 'download':
            handle.flush_cache()
        print('ready' if job['role'] == 'seed' else 'done', flush=True)
    if not status.is_seeding and status.num_peers == 0:
        for peer in job.get('peers', []):
            host, port = peer.rsplit(':', 1)
            handle.connect_peer((host, int(port)))
    session.wait_for_alert(200)
    session.pop_alerts()
