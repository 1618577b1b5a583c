-- Who waits for a lock, for how long, and for whom.
SELECT l.pid, pg_blocking_pids(l.pid) AS blockers, l.locktype, l.mode,
       CASE WHEN l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
            THEN l.relation::regclass::text END AS relation,
       extract(epoch FROM clock_timestamp() - coalesce(l.waitstart, clock_timestamp()))::float8 AS seconds
  FROM pg_locks l
 WHERE NOT l.granted AND l.pid IS NOT NULL
 ORDER BY seconds DESC
