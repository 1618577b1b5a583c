-- Checkpoints since the statistics began (from PostgreSQL 17 on), and how much was written to the log meanwhile.
SELECT c.num_timed AS timed, c.num_requested AS requested, w.wal_bytes::float8 AS wal_bytes,
       pg_size_bytes(current_setting('max_wal_size')) AS max_wal_size,
       extract(epoch FROM now() - c.stats_reset)::float8 AS seconds
  FROM pg_stat_checkpointer c, pg_stat_wal w
