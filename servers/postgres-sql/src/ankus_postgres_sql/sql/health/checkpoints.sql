-- Checkpoints since the statistics began (before PostgreSQL 17), and how much was written to the log meanwhile.
SELECT b.checkpoints_timed AS timed, b.checkpoints_req AS requested, w.wal_bytes::float8 AS wal_bytes,
       pg_size_bytes(current_setting('max_wal_size')) AS max_wal_size,
       extract(epoch FROM now() - b.stats_reset)::float8 AS seconds
  FROM pg_stat_bgwriter b, pg_stat_wal w
