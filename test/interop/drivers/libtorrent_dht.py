"""A DHT node of libtorrent: one JSON object on the command line with listen, nodes and what to do. Prints what it learns."""
import json
import sys
import time

import libtorrent as lt

job = json.loads(sys.argv[1])
ses = lt.session({
    'listen_interfaces': job['listen'], 'enable_dht': True, 'dht_bootstrap_nodes': '',
    'enable_lsd': False, 'enable_upnp': False, 'enable_natpmp': False,
    'dht_restrict_routing_ips': False, 'dht_restrict_search_ips': False, 'dht_ignore_dark_internet': False,
    'alert_mask': lt.alert.category_t.dht_notification | lt.alert.category_t.dht_operation_notification,
})
# The binding cannot announce an info-hash by itself; a torrent can, at the port that the session listens on.
torrent = None
if 'announce' in job:
    params = lt.parse_magnet_uri('magnet:?xt=urn:btih:' + job['announce'])
    params.save_path = '/nonexistent'
    torrent = ses.add_torrent(params)


def say(**fields):
    print(json.dumps(fields), flush=True)


def turn():
    for host, port in job['nodes']:
        ses.add_dht_node((host, port))
    if torrent is not None:
        torrent.force_dht_announce()
    if 'find' in job:
        ses.dht_get_peers(lt.sha1_hash(bytes.fromhex(job['find'])))
    if 'put' in job:
        ses.dht_put_immutable_item(job['put'])
    if 'get' in job:
        ses.dht_get_immutable_item(lt.sha1_hash(bytes.fromhex(job['get'])))
    if 'getMutable' in job:
        ses.dht_get_mutable_item(bytes.fromhex(job['getMutable']), job['salt'])


def value_of(alert):
    try:
        return alert.item['value'].decode()
    except RuntimeError:
        # The binding cannot give an item that was not found.
        return None


next_turn = 0.0
while True:
    if time.monotonic() >= next_turn:
        turn()
        next_turn = time.monotonic() + 1
    ses.wait_for_alert(100)
    for alert in ses.pop_alerts():
        if isinstance(alert, lt.dht_get_peers_reply_alert):
            say(event='peers', peers=['%s:%d' % peer for peer in alert.peers()])
        elif isinstance(alert, (lt.dht_immutable_item_alert, lt.dht_mutable_item_alert)):
            say(event='item', value=value_of(alert))
        elif isinstance(alert, lt.dht_put_alert):
            say(event='stored')
