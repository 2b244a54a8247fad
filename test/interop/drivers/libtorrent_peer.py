"""libtorrent as a peer, driven by one JSON object on the command line; prints one JSON object per line.

Keys: role (seed | download | check | create), torrent, dir, listen, peers, select, up, down, stay, report,
encrypted (RC4 or nothing), utp (or nothing), hashing_threads, and for create: source, out, piece, kind (v1 | v2). Lines: {"event": "ready"} when the job is taken (a seed: is
seeding), {"event": "status", "progress", "done", "uploaded"} five times a second with "report", {"event": "done"} when
everything wanted is verified and in the files.
"""
import json
import os
import sys

import libtorrent as lt

FORCE_ENCRYPTION = 0
NEVER_ENCRYPT = 2
RC4_ONLY = 2


def say(**fields):
    print(json.dumps(fields), flush=True)


def create(job):
    files = lt.file_storage()
    lt.add_files(files, job['source'])
    only = lt.create_torrent.v2_only if job.get('kind') == 'v2' else lt.create_torrent.v1_only
    torrent = lt.create_torrent(files, job['piece'], only)
    lt.set_piece_hashes(torrent, os.path.dirname(job['source']))
    with open(job['out'], 'wb') as out:
        out.write(lt.bencode(torrent.generate()))


def session(job):
    utp = bool(job.get('utp'))
    encryption = FORCE_ENCRYPTION if job.get('encrypted') else NEVER_ENCRYPT
    return lt.session({
        'listen_interfaces': job['listen'],
        'outgoing_interfaces': job['listen'].rsplit(':', 1)[0],
        'enable_dht': False, 'enable_lsd': False, 'enable_upnp': False, 'enable_natpmp': False,
        'enable_incoming_utp': utp, 'enable_outgoing_utp': utp,
        'enable_incoming_tcp': not utp, 'enable_outgoing_tcp': not utp,
        'in_enc_policy': encryption, 'out_enc_policy': encryption, 'allowed_enc_level': RC4_ONLY,
        # One machine: nothing is far away, nothing is banned for being local.
        'allow_multiple_connections_per_ip': True, 'ssrf_mitigation': False, 'mixed_mode_algorithm': 0,
        'min_reconnect_time': 1, 'max_failcount': 100, 'connections_limit': 1000, 'close_redundant_connections': False,
        # Speed: deep queues, large buffers, no slot limit, a short tick.
        'tick_interval': 100, 'connection_speed': 500, 'torrent_connect_boost': 200, 'unchoke_slots_limit': -1,
        'max_out_request_queue': 1500, 'max_allowed_in_request_queue': 2000,
        'send_buffer_watermark': 3 << 20, 'send_buffer_watermark_factor': 150, 'max_peer_recv_buffer_size': 8 << 20,
        'max_queued_disk_bytes': 64 << 20, 'aio_threads': 4, 'hashing_threads': job.get('hashing_threads', 1),
        'alert_mask': lt.alert.category_t.status_notification | lt.alert.category_t.storage_notification,
    })


def add(ses, job):
    params = lt.add_torrent_params()
    params.ti = lt.torrent_info(job['torrent'])
    params.trackers = [t.url for t in params.ti.trackers()]
    params.save_path = job['dir']
    params.max_uploads = -1
    params.flags &= ~(lt.torrent_flags.auto_managed | lt.torrent_flags.paused)
    params.flags |= lt.torrent_flags.disable_pex
    if job['role'] == 'seed':
        params.flags |= lt.torrent_flags.seed_mode
    if job.get('select') is not None:
        wanted = set(job['select'])
        params.file_priorities = [4 if i in wanted else 0 for i in range(params.ti.num_files())]
    handle = ses.add_torrent(params)
    # Limits of the torrent: those of the session are not applied to private addresses.
    if job.get('up'):
        handle.set_upload_limit(job['up'])
    if job.get('down'):
        handle.set_download_limit(job['down'])
    return handle


def connect(handle, job):
    for peer in job.get('peers', []):
        host, port = peer.rsplit(':', 1)
        handle.connect_peer((host, int(port)), 0, 8)


def flush(ses, handle):
    """Complete is said when all hashes are right; the last blocks may still be on their way into the files."""
    handle.flush_cache()
    for _ in range(100):
        ses.wait_for_alert(100)
        if any(isinstance(a, lt.cache_flushed_alert) for a in ses.pop_alerts()):
            return


def run(job):
    ses = session(job)
    handle = add(ses, job)
    connect(handle, job)
    if job['role'] != 'seed':
        say(event='ready')
    was_ready = job['role'] != 'seed'
    was_done = False
    ticks = 0
    while True:
        ses.wait_for_alert(200)
        moved = any(isinstance(a, (lt.torrent_finished_alert, lt.torrent_checked_alert)) for a in ses.pop_alerts())
        ticks += 1
        if not (moved or job.get('report') or not was_ready or ticks % 5 == 0):
            continue
        st = handle.status()
        done = st.is_seeding or (job.get('select') is not None and st.is_finished and st.total_wanted_done >= st.total_wanted)
        if not was_ready and st.is_seeding:
            was_ready = True
            say(event='ready')
        if job.get('report'):
            say(event='status', progress=st.progress, done=done, uploaded=st.total_payload_upload)
        if done and not was_done:
            was_done = True
            if job['role'] == 'download':
                flush(ses, handle)
            say(event='done')
            if job['role'] != 'seed' and not job.get('stay'):
                os._exit(0)
        if job['role'] == 'check' and moved and not done:
            os._exit(1)
        if not done and not st.num_peers and ticks % 5 == 0:
            connect(handle, job)


job = json.loads(sys.argv[1])
if job['role'] == 'create':
    create(job)
else:
    run(job)
