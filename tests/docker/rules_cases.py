"""Situations of a fleet, and the alerts that must fire in them and no others. A series is 'start+step x count' of a minute each."""

GOOD = {
    # An installation in which all is well, for six hours.
    'up{job="dualcamd", instance="a"}': "1x360",
    'dualcamd_http_answers_total{instance="a", route="/readyz", status="200"}': "0+30x360",
    'dualcamd_received_bytes_total{instance="a"}': "0+6e6x360",
    'dualcamd_stored_files_total{instance="a", kind="photo"}': "0+100x360",
    'dualcamd_bad_crcs_total{instance="a"}': "0+10x360",
    'dualcamd_storage_errors_total{instance="a"}': "0x360",
    'dualcamd_store_seconds_bucket{instance="a", le="0.1"}': "0+99x360",
    'dualcamd_store_seconds_bucket{instance="a", le="10"}': "0+100x360",
    'dualcamd_store_seconds_bucket{instance="a", le="+Inf"}': "0+100x360",
    'dualcamd_spool_bytes{instance="a"}': "2e9x360",
    'dualcamd_volume_used_ratio{instance="a", volume="spool"}': "0.5x360",
    'dualcamd_scrub_findings{instance="a", kind="missing"}': "0x360",
    'dualcamd_scrub_findings{instance="a", kind="orphan"}': "3x360",
    'dualcamd_scrub_end_time_seconds{instance="a"}': "0+60x360",
    'dualcamd_job_oldest_seconds{instance="a", task="playback"}': "20x360",
    'dualcamd_transcode_jobs_total{instance="a", task="playback", end="failed"}': "0+0.05x360",
    'dualcamd_log_events_dropped{instance="a"}': "7x360",
    'dualcamd_events_oldest_seconds{instance="a", kind="nats", target="nats://nats:4222/dualcam"}': "30x360",
}

# name: (series, alerts that fire at the end of two hours)
CASES = {
    "all is well": (GOOD, []),
    "one is down": (GOOD | {'up{job="dualcamd", instance="a"}': "1x100 0x260"}, ["DualcamdDown"]),
    "down for a moment": (GOOD | {'up{job="dualcamd", instance="a"}': "1x119 0x260"}, []),
    "not ready": ({'dualcamd_http_answers_total{instance="a", route="/readyz", status="503"}': "0x100 0+30x260"}, ["DualcamdNotReady"]),
    "crashes": ({'dualcamd_received_bytes_total{instance="a"}': "5x107 9 1 9 1 9 1 9 1 9 1 9 1 9 1"}, ["DualcamdRestarts"]),
    "store errors": ({'dualcamd_storage_errors_total{instance="a"}': "0x116 0+2x240"}, ["DualcamdStorageErrors"]),
    "nothing is stored": (
        GOOD | {'dualcamd_stored_files_total{instance="a", kind="photo"}': "0+100x60 6000x300"}, ["DualcamdNothingStored"]),
    "nothing comes": (
        {'dualcamd_received_bytes_total{instance="a"}': "5x360",
         'dualcamd_stored_files_total{instance="a", kind="photo"}': "5x360"}, []),
    "slow": (GOOD | {'dualcamd_store_seconds_bucket{instance="a", le="0.1"}': "0+50x360"}, ["DualcamdSlowAcknowledgements"]),
    "bad links": (GOOD | {'dualcamd_bad_crcs_total{instance="a"}': "0+1000x360"}, ["DualcamdBadCrcs"]),
    "cameras turned away": (
        {'dualcamd_refused_connections_total{instance="a", reason="connection limit"}': "0+10x360"}, ["DualcamdRefusesConnections"]),
    "strangers": ({'dualcamd_refused_connections_total{instance="a", reason="no camera"}': "0+10x360"}, []),
    "spool grows": ({'dualcamd_spool_bytes{instance="a"}': "2e9+1e8x360"}, ["DualcamdSpoolFilling"]),
    "volume fills": ({'dualcamd_volume_used_ratio{instance="a", volume="spool"}': "0.9x360"}, ["DualcamdVolumeFilling"]),
    "volume full": (
        {'dualcamd_volume_used_ratio{instance="a", volume="spool"}': "0.96x360"}, ["DualcamdVolumeFilling", "DualcamdVolumeFull"]),
    "held": ({'dualcamd_retention_unreachable_bytes{instance="a", rule="total"}': "5x360"}, ["DualcamdRetentionStuck"]),
    "lost": (GOOD | {'dualcamd_scrub_findings{instance="a", kind="missing"}': "1x360"}, ["DualcamdFilesMissing"]),
    "lost, and put back since": (
        GOOD | {'dualcamd_scrub_findings{instance="b", kind="missing"}': "1x360", 'dualcamd_scrub_end_time_seconds{instance="b"}': "30x360"},
        []),
    # Rules begin at time 0, so "days ago" is before it.
    "no scrub": ({'dualcamd_scrub_end_time_seconds{instance="a"}': "-300000x360"}, ["DualcamdScrubLate"]),
    "chores": (
        {'dualcamd_chore_runs_total{instance="a", chore="sealing", outcome="failed"}': "0+1x360"}, ["DualcamdChoresFail"]),
    "jobs wait": ({'dualcamd_job_oldest_seconds{instance="a", task="playback"}': "1000+60x360"}, ["DualcamdJobsOld"]),
    "jobs fail": (
        {'dualcamd_transcode_jobs_total{instance="a", task="playback", end="failed"}': "0+1x360"}, ["DualcamdJobsFail"]),
    "records lost": (
        {'dualcamd_tracker_storage_errors_total{instance="a"}': "0x116 0+2x240"}, ["DualcamdTrackerStorageErrors"]),
    "trackers wait": (
        {'dualcamd_tracker_answer_seconds_bucket{instance="a", le="0.1"}': "0+50x360",
         'dualcamd_tracker_answer_seconds_bucket{instance="a", le="10"}': "0+100x360",
         'dualcamd_tracker_answer_seconds_bucket{instance="a", le="+Inf"}': "0+100x360"}, ["DualcamdTrackerSlow"]),
    "webhook down": (
        {'dualcamd_capture_commands_total{instance="a", channel="webhook", outcome="unavailable"}': "0+1x360"},
        ["DualcamdCaptureCommandsFail"]),
    "refused": ({'dualcamd_capture_answers_total{instance="a", outcome="refused"}': "0+1x360"}, ["DualcamdCaptureRefused"]),
    "a webhook is down": (
        {'dualcamd_events_oldest_seconds{instance="a", kind="webhook", target="https://h/x"}': "0x60 0+60x300",
         'dualcamd_events_oldest_seconds{instance="b", kind="webhook", target="https://h/x"}': "0x360"}, ["DualcamdEventsLate"]),
    "relay cameras": (
        {'dualcamd_relay_http_errors_total{instance="a", kind="unavailable"}': "0+5x360"}, ["DualcamdRelayCamerasSilent"]),
    "relay log": ({'dualcamd_relay_log_dropped_rows_total{instance="a"}': "0x112 0+1x240"}, ["DualcamdRelayLogLost"]),
    "log lines": ({'dualcamd_log_events_dropped{instance="a"}': "0x112 0+1x240"}, ["DualcamdLogLinesDropped"]),
}
