-- Replication slots, the standbys that are connected, and how far this server is behind where it is one.
SELECT 'slot' AS what, s.slot_name::text AS name, s.active,
       CASE WHEN NOT pg_is_in_recovery() THEN pg_wal_lsn_diff(pg_current_wal_lsn(), s.restart_lsn)::int8 END AS bytes,
       NULL::float8 AS seconds, s.wal_status::text AS status
  FROM pg_replication_slots s
UNION ALL
SELECT 'standby', coalesce(r.application_name, '?') || ' ' || coalesce(r.client_addr::text, 'local'), true,
       CASE WHEN NOT pg_is_in_recovery() THEN pg_wal_lsn_diff(pg_current_wal_lsn(), r.replay_lsn)::int8 END,
       extract(epoch FROM r.replay_lag)::float8, r.state
  FROM pg_stat_replication r
 WHERE r.state IS NOT NULL AND r.state <> 'backup'
UNION ALL
SELECT 'recovery', 'this server', true,
       pg_wal_lsn_diff(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())::int8,
       extract(epoch FROM now() - pg_last_xact_replay_timestamp())::float8, NULL
 WHERE pg_is_in_recovery()
