-- The age of every database, and what this one counted since its statistics began.
SELECT d.datname::text AS name, d.datname = current_database() AS current,
       age(d.datfrozenxid)::int8 AS age, mxid_age(d.datminmxid)::int8 AS mxid_age,
       current_setting('autovacuum_freeze_max_age')::int8 AS freeze_at,
       current_setting('autovacuum_multixact_freeze_max_age')::int8 AS mxid_freeze_at,
       s.blks_hit AS hit, s.blks_read AS read, s.deadlocks, s.temp_files, s.temp_bytes,
       coalesce(s.checksum_failures, 0) AS checksum_failures,
       extract(epoch FROM now() - coalesce(s.stats_reset, pg_postmaster_start_time()))::float8 AS seconds,
       CASE WHEN d.datname = current_database() THEN pg_database_size(d.oid) END AS bytes
  FROM pg_database d
  LEFT JOIN pg_stat_database s ON s.datid = d.oid
 ORDER BY 1
